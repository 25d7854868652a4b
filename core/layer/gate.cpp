#include "layer/gate.hpp"

#include "base/hash.hpp"
#include "base/names.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr int64_t kRetryFirstNs = 1'000'000'000;
constexpr int64_t kRetryMostNs = 30'000'000'000;
constexpr int64_t kPatienceNs = 100'000'000;     // A caller's time-out after this long is the backend's failure.
constexpr int64_t kOverrun = 10;                 // A call of this many time-outs: the plugin does not respect them.
constexpr int64_t kProbeTimeNs = 1'000'000'000;  // How long a probe may take where no time-out is configured.

// Whether the backend as a whole seems to be down, or merely refused this call.
bool is_outage(aurelis_status status) noexcept {
    switch (status) {
        case AURELIS_E_NOMEM:
        case AURELIS_E_INVALID:
        case AURELIS_E_UNSUPPORTED:
        case AURELIS_E_CANCELLED:
        case AURELIS_E_CORRUPT:
        case AURELIS_E_TOO_LARGE:
        case AURELIS_E_BUSY:
        case AURELIS_E_CONFIG:
        case AURELIS_E_SPACE:
        case AURELIS_E_FULL: return false;
        default: return true;
    }
}

}  // namespace

Gate::Gate(Runtime& runtime, GateSpec spec, GateEvents events)
    : runtime_(runtime),
      spec_(std::move(spec)),
      label_(spec_.place + ": layer " + spec_.name + " (" + spec_.backend + ")"),
      events_(std::move(events)),
      waits_(spec_.resilience.timeout_ns != 0 || spec_.resilience.soft_timeout_ns != 0 ||
             (spec_.component.component->caps & AURELIS_CAP_NO_BLOCK) == 0),
      time_out_ns_(std::max(spec_.resilience.timeout_ns, spec_.resilience.soft_timeout_ns)),
      breaker_(spec_.resilience.breaker),
      failures_(runtime) {
    runtime_.tasks.open(this);
}

Gate::~Gate() { close(); }

Result<void> Gate::try_start() {
    AURELIS_TRY(handle, StoreHandle::start(runtime_, spec_.component, spec_.name, spec_.options));
    owned_ = std::move(handle);
    events_.returns(*owned_);
    live_.store(owned_.get(), std::memory_order_release);
    events_.started(*owned_);
    return {};
}

void Gate::open() {
    const Result<void> started = try_start();
    if (started) return;
    CallContext context;
    context.error = started.error().message;
    failed(context, started.error().status, "cannot start");
    retry_delay_ns_ = kRetryFirstNs;
    runtime_.tasks.submit(this, &Gate::retry, this, retry_delay_ns_, nullptr);
}

void Gate::retry(void* self, uint32_t cancelled) noexcept {
    auto& gate = *static_cast<Gate*>(self);
    if (cancelled != 0) return;
    const Result<void> started = gate.try_start();
    if (started) {
        gate.runtime_.log.write(AURELIS_LOG_WARN, gate.label_ + ": serves again");
        return gate.events_.serves();
    }
    CallContext context;
    context.error = started.error().message;
    gate.failed(context, started.error().status, "cannot start");
    gate.retry_delay_ns_ = std::min(gate.retry_delay_ns_ * 2, kRetryMostNs);
    gate.runtime_.tasks.submit(self, &Gate::retry, self, gate.retry_delay_ns_, nullptr);
}

void Gate::close() {
    runtime_.tasks.close(this);
    live_.store(nullptr, std::memory_order_release);
    owned_.reset();
}

const char* Gate::breaker_state() const noexcept {
    if (!spec_.resilience.breaker.on) return "none";
    return breaker_.closed() ? "closed" : "open";
}

aurelis_status Gate::failed(CallContext& context, aurelis_status status, const char* what) {
    const std::string why =
        context.error.empty() ? std::string(what) + " (" + status_name(status) + ")" : context.error;
    std::string line = label_ + ": " + why;
    failures_.failed(line, "; the other layers keep serving");
    context.error = std::move(line);
    context.error_status = status;
    const bool known = status < 0 && status >= AURELIS_E_CLOSED;
    return known ? status : aurelis_status{AURELIS_E_FAILED};
}

void Gate::overrun(int64_t began_mono, int64_t now_mono) {
    const PluginModule* const module = spec_.component.module;
    const std::string plugin = module->plugin != nullptr ? std::string(module->plugin->id) : spec_.backend;
    failures_.failed(label_ + ": plugin " + plugin + " was in one call for " +
                         std::to_string((now_mono - began_mono) / 1'000'000) + " ms, the time-out is " +
                         std::to_string(time_out_ns_ / 1'000'000) +
                         " ms; it does not respect aurelis_call::deadline_mono, and nothing can interrupt it",
                     "; fix or replace the plugin, or give the layer a longer timeout");
    if (breaker_.trip(began_mono, now_mono)) trip();
}

// The breaker has just opened.
void Gate::trip() {
    runtime_.log.write(
        AURELIS_LOG_WARN,
        label_ + ": it is not used for now; the other layers keep serving, and it is probed in the background");
    schedule_probe();
}

void Gate::schedule_probe() {
    const int64_t now = runtime_.clock.mono();
    runtime_.tasks.submit(this, &Gate::probe, this, breaker_.next_probe_in(hash_bytes(&now, sizeof now)), nullptr);
}

// Asks the backend's health extension if it has one, else gets a key that does not exist.
bool Gate::alive() {
    StoreHandle* const handle = backend();
    if (handle == nullptr) return false;
    CallContext context;
    context.call.flags = AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = runtime_.clock.wall();
    const int64_t most = spec_.resilience.timeout_ns != 0 ? spec_.resilience.timeout_ns : kProbeTimeNs;
    context.call.deadline_mono = saturating_add(runtime_.clock.mono(), most);
    const auto* health =
        static_cast<const aurelis_ext_health*>(handle->ops().get_extension(handle->store(), AURELIS_EXT_HEALTH));
    if (health != nullptr && health->check != nullptr)
        return health->check(handle->store(), &context.call) == AURELIS_OK;
    constexpr char kNobodys[] =
        "\x01"
        "aurelis.probe";
    const aurelis_key key{kNobodys, sizeof kNobodys - 1, hash_bytes(kNobodys, sizeof kNobodys - 1), nullptr};
    aurelis_entry entry{};
    const aurelis_status status = handle->ops().get(handle->store(), &context.call, &key, &entry);
    if (status == AURELIS_OK) aurelis_buf_release(&entry.value);
    return status >= 0 || !is_outage(status);
}

void Gate::probe(void* self, uint32_t cancelled) noexcept {
    auto& gate = *static_cast<Gate*>(self);
    if (cancelled != 0) return;
    if (!gate.alive() || !gate.events_.returns(*gate.backend())) return gate.schedule_probe();
    gate.breaker_.close(gate.runtime_.clock.mono());
    gate.runtime_.log.write(AURELIS_LOG_WARN, gate.label_ + ": serves again");
    gate.events_.serves();
}

void Gate::Visit::limit(bool reads) noexcept {
    began_mono_ = gate_.runtime_.clock.mono();
    const ResilienceConfig& resilience = gate_.spec_.resilience;
    const bool soft = reads && context_.has_fallback && resilience.soft_timeout_ns != 0;
    const int64_t most = soft ? resilience.soft_timeout_ns : resilience.timeout_ns;
    if (most == 0) return;
    const int64_t own = saturating_add(began_mono_, most);
    limited_ = callers_deadline_ == 0 || own <= callers_deadline_;
    if (limited_) context_.call.deadline_mono = own;
}

void Gate::Visit::look_at_the_time() {
    if (gate_.time_out_ns_ == 0 || overran_) return;
    const int64_t now = gate_.runtime_.clock.mono();
    if ((now - began_mono_) / kOverrun < gate_.time_out_ns_) return;
    overran_ = true;
    gate_.overrun(began_mono_, now);
}

aurelis_status Gate::Visit::end_badly(aurelis_status status, const char* what) {
    const int64_t now = gate_.runtime_.clock.mono();
    const int64_t began = began_mono_ != 0 ? began_mono_ : now;
    const bool hurried =
        status == AURELIS_E_TIMEOUT && !limited_ && callers_deadline_ != 0 && now - began < kPatienceNs;
    const aurelis_status judged = gate_.failed(context_, status, what);
    if (is_outage(status) && !hurried && gate_.breaker_.failed(began, now)) gate_.trip();
    return judged;
}

}  // namespace aurelis::core
