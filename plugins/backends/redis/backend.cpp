// RedisBackend: its life, and reading.
#include "backend.hpp"

#include "read_steps.hpp"
#include "slots.hpp"

#include <cstring>

namespace aurelis::redis {

namespace {

using plugin::report;

View view_of(const aurelis_call* call, int64_t now_ms) noexcept {
    return {now_ms, call != nullptr && (call->flags & AURELIS_CALL_EXPIRED_TOO) != 0};
}

aurelis_status check_health(aurelis_store* store, aurelis_call* call) noexcept {
    return plugin::guarded(call, [&] { return static_cast<RedisBackend*>(store->self)->check_health(call); });
}
constexpr aurelis_ext_health kHealth{&check_health};

aurelis_status watch(aurelis_store* store, aurelis_call* call, uint32_t events, aurelis_bytes since,
                     aurelis_watch_fn fn, void* user) noexcept {
    return plugin::guarded(call, [&] {
        static_cast<RedisBackend*>(store->self)->watcher().watch(events, since.size != 0, fn, user);
        return AURELIS_OK;
    });
}
aurelis_status position(aurelis_store*, aurelis_call* call, aurelis_buf*) noexcept {
    return report(call, AURELIS_E_UNSUPPORTED, "messages of Redis are not kept, so there is no position to go back to");
}
constexpr aurelis_ext_watch kWatch{&watch, &position};

}  // namespace

Result<std::unique_ptr<RedisBackend>> RedisBackend::create(const plugin::Setup& setup) {
    AURELIS_TRY(settings, Settings::read(setup.options));
    // What start() will need is checked here already, so that a check of the configuration reports it, too.
    if (settings.tls.on) {
        AURELIS_TRY(readable, TlsContext::make(settings.tls));
        static_cast<void>(readable);
    }
    return std::make_unique<RedisBackend>(setup.host, std::move(settings));
}

RedisBackend::RedisBackend(const plugin::Host& host, Settings settings)
    : context_(host, std::move(settings)),
      topology_(Topology::make(context_)),
      watcher_(std::make_unique<Watcher>(context_, *topology_, sender_, own_)) {
    const aurelis_host* services = host.raw();
    round_trip_ = services->metric_open(services, AURELIS_METRIC_HISTOGRAM, "round_trip", "s",
                                        "Time from the request to Redis until its answer, of each call.");
}

uint64_t RedisBackend::caps() const noexcept {
    return context_.settings.bare ? kCaps & ~uint64_t{AURELIS_CAP_CAS | AURELIS_CAP_LEASE} : kCaps;
}

aurelis_status RedisBackend::start(aurelis_call* call) {
    if (context_.settings.tls.on) {
        Result<std::unique_ptr<TlsContext>> tls = TlsContext::make(context_.settings.tls);
        if (!tls) return report(call, tls.error());
        context_.tls = std::move(tls).value();
    }
    const Result<void> started = watcher_->start();
    return started ? aurelis_status{AURELIS_OK} : report(call, started.error());
}

void RedisBackend::stop() { watcher_->stop(); }

const void* RedisBackend::get_extension(const char* id) noexcept {
    const std::string_view wanted = id;
    if (wanted == AURELIS_EXT_HEALTH) return &kHealth;
    if (wanted == AURELIS_EXT_WATCH && context_.settings.coherence != Coherence::None) return &kWatch;
    return nullptr;
}

aurelis_status RedisBackend::refusal(aurelis_call* call) const {
    if (call == nullptr) return AURELIS_OK;
    if (call->cancel != nullptr && aurelis_call_ended(call, context_.host.raw()) == AURELIS_E_CANCELLED)
        return report(call, AURELIS_E_CANCELLED, "the caller has cancelled the call");
    if ((call->flags & AURELIS_CALL_NO_BLOCK) == 0) return AURELIS_OK;
    return report(call, AURELIS_E_BUSY, "redis is asked over a connection; ask without NO_BLOCK");
}

// The host's clock may stand still; the time that is left by it is measured on the real one.
Deadline RedisBackend::deadline_of(const aurelis_call* call) const noexcept {
    if (call == nullptr || call->deadline_mono == 0) return Deadline::after(context_.settings.timeout_ns);
    return Deadline::after(call->deadline_mono - context_.host.now_mono());
}

int64_t RedisBackend::now_ms(const aurelis_call* call) const noexcept {
    return aurelis_call_wall(call, context_.host.raw()) / kMillisecond;
}

void RedisBackend::observe(int64_t begun_ns) noexcept {
    context_.host.raw()->metric_observe(round_trip_, static_cast<double>(mono_ns() - begun_ns) * 1e-9);
}

// One request and one answer, without lists and rounds. Nothing if that is not enough.
std::optional<aurelis_status> RedisBackend::get_quickly(aurelis_call* call, std::string_view key, const View& view,
                                                        const Deadline& deadline, aurelis_entry* out) {
    const uint16_t slot = topology_->goes_by_slots() ? slot_of(key) : uint16_t{0};
    const Result<NodePointer> node = topology_->node_of(slot, true, deadline);
    if (!node) return std::nullopt;
    Result<Turn> turn = node.value()->take(deadline, context_.settings.bare ? Pick::InStep : Pick::JustUsed);
    if (!turn) {
        if (topology_->has_others()) return std::nullopt;
        return report(call, turn.error());
    }
    Connection& connection = **turn;
    connection.request().command("GET", key);
    const auto failed = [&](const Error& why) -> std::optional<aurelis_status> {
        connection.spoil();
        if (why.status == AURELIS_E_UNAVAILABLE && connection.was_used()) return std::nullopt;
        if (why.status == AURELIS_E_TIMEOUT) context_.counters.timeouts.fetch_add(1, std::memory_order_relaxed);
        topology_->doubt(*node.value());
        return report(call, why.status, node.value()->address().text() + ": " + why.message);
    };
    if (const Result<void> sent = connection.send(deadline); !sent) return failed(sent.error());
    const Result<Head> head = connection.replies().head(deadline);
    if (!head) return failed(head.error());
    if (head.value().kind == Head::Kind::Error) return std::nullopt;
    const Result<aurelis_status> status = read_value(context_, connection, head.value(), key, view, out, deadline);
    if (!status) return failed(status.error());
    return status.value();
}

aurelis_status RedisBackend::get_patiently(aurelis_call* call, std::string_view key, const View& view,
                                           const Deadline& deadline, aurelis_entry* out) {
    Exchange exchange(context_, *topology_, deadline, true);
    exchange.add(key);
    ReadSteps steps(context_, topology_->goes_by_slots(), view, out);
    exchange.run(steps);
    const aurelis_status status = exchange.questions().front().status;
    return status < 0 ? report(call, status, exchange.trouble().message) : status;
}

aurelis_status RedisBackend::get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    const int64_t begun_ns = mono_ns();
    const Deadline deadline = deadline_of(call);
    const View view = view_of(call, now_ms(call));
    const std::optional<aurelis_status> quick = get_quickly(call, text_of(key), view, deadline, out);
    const aurelis_status status = quick ? *quick : get_patiently(call, text_of(key), view, deadline, out);
    observe(begun_ns);
    return status;
}

aurelis_status RedisBackend::multi_get(aurelis_call* call, const aurelis_key* keys, size_t count, aurelis_entry* out) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    const int64_t begun_ns = mono_ns();
    Exchange exchange(context_, *topology_, deadline_of(call), true);
    for (size_t i = 0; i < count; ++i) exchange.add(text_of(keys[i]));
    std::vector<aurelis_entry> found(count, aurelis_entry{});
    ReadSteps steps(context_, topology_->goes_by_slots(), view_of(call, now_ms(call)), found.data());
    exchange.run(steps);
    observe(begun_ns);
    size_t failed = 0;
    for (size_t i = 0; i < count; ++i) {
        found[i].status = exchange.questions()[i].status;
        failed += found[i].status < 0 ? 1 : 0;
    }
    if (failed != 0) report(call, exchange.trouble());
    if (failed == count) return exchange.trouble().status;
    std::copy(found.begin(), found.end(), out);
    return failed == 0 ? AURELIS_OK : AURELIS_PARTIAL;
}

}  // namespace aurelis::redis
