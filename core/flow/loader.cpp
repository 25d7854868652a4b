#include "flow/loader.hpp"

#include "base/buffer.hpp"
#include "config/units.hpp"
#include "config/values.hpp"
#include "flow/landings.hpp"

namespace aurelis::core {

// Takes a lease before it asks the first layer. True: a fresh copy is there, or a negative entry.
bool Loader::look_up(CallContext& context, LoadRequest& request, Lookup& lookup, LoadOutcome& outcome) {
    Stack& stack = request.chain.stack();
    stack.order().take_lease(request.key.hash, lookup.lease);
    aurelis_entry found{};
    const uint32_t flags = context.call.flags;
    context.call.flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    context.call.now_wall = runtime_.clock.wall();
    const aurelis_status status = stack.get(context, request.key, lookup, found);
    context.call.flags = flags;
    if (status == AURELIS_STALE) aurelis_buf_release(&found.value);
    if (status != AURELIS_OK) return false;
    outcome.status = is_negative(found.meta) ? AURELIS_NOT_FOUND : AURELIS_OK;
    outcome.meta = found.meta;
    outcome.layer = found.layer;
    outcome.attrs = view(found.attrs);
    outcome.value = Pinned(found.value);
    return true;
}

void Loader::observe(CallContext& context, LoadRequest& request) {
    const uint32_t flags = context.call.flags;
    context.call.flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    context.call.now_wall = runtime_.clock.wall();
    request.chain.stack().observe(context, request.key, request.lookup);
    context.call.flags = flags;
}

// A load of the key may have landed between our look-up and our flight: then its value is there already.
bool Loader::found_meanwhile(CallContext& context, LoadRequest& request, LoadOutcome& outcome) {
    if (flights_.landings(request.key.hash) == request.landings_seen) return false;
    if ((context.call.flags & AURELIS_CALL_REFRESH) != 0) return false;
    Lookup lookup;
    return look_up(context, request, lookup, outcome);
}

LoadOutcome Loader::fly(CallContext& context, LoadRequest& request, bool publishes) {
    LoadOutcome outcome;
    if (publishes && found_meanwhile(context, request, outcome)) return outcome;
    const Begun begun = begin();
    Loaded loaded;
    count(kLoads);
    const aurelis_status status = request.run(loaded);
    if (complete(request, begun, status, loaded, outcome) && publishes) publish(context, request, outcome);
    return outcome;
}

bool Loader::complete(LoadRequest& request, const Begun& begun, aurelis_status status, Loaded& loaded,
                      LoadOutcome& outcome) {
    outcome.status = status;
    outcome.meta.created_wall = begun.stamp;
    const int64_t now = runtime_.clock.mono();
    if (status >= 0)
        pauses_.end(request.key.hash);
    else if (request.failure_pause_ns > 0 && status != AURELIS_E_CANCELLED)
        pauses_.begin(request.key.hash, now, saturating_add(now, request.failure_pause_ns));
    if (status != AURELIS_OK) {
        count(status == AURELIS_NOT_FOUND ? kLoadsNotFound : kLoadFailures);
        outcome.error = std::move(loaded.error);
        if (status != AURELIS_NOT_FOUND || !loaded.is_negative) return false;
    }
    const int64_t took = now - begun.mono;
    request.describe(loaded, begun.stamp, outcome.meta, outcome.attrs);
    if (outcome.meta.cost == 0)
        outcome.meta.cost = took / 1000 > int64_t{UINT32_MAX} ? UINT32_MAX : static_cast<uint32_t>(took / 1000);
    outcome.value = std::move(loaded.value);
    if (loaded.too_large) count(kLoadsTooLarge);
    if (!loaded.keep || loaded.too_large) return false;
    if (took > runtime_.lease_ns) count(kLoadsTooLate);
    return took <= runtime_.lease_ns;
}

aurelis_write Loader::write_of(const LoadOutcome& outcome) noexcept {
    aurelis_write write{};
    write.value = outcome.value.raw();
    write.meta = outcome.meta;
    write.attrs = bytes(outcome.attrs);
    return write;
}

void Loader::publish(CallContext& context, LoadRequest& request, const LoadOutcome& outcome) {
    const aurelis_write write = write_of(outcome);
    context.call.now_wall = runtime_.clock.wall();
    if (request.chain.publish(context, request.key, write, request.lookup) == AURELIS_CONFLICT) count(kLoadsRevoked);
}

void Loader::failed_over(const LoadRequest& request, const std::string& why) {
    count(why.empty() ? kLoadsPaused : kLoadsFailedOver);
    if (!why.empty()) tell_failure(request, why);
}

void Loader::tell_failure(const LoadRequest& request, const std::string& why) {
    constexpr int64_t kTellAgainNs = 10'000'000'000;
    const int64_t now = runtime_.clock.mono();
    int64_t told = failure_told_.load(std::memory_order_relaxed);
    if (told != 0 && now - told < kTellAgainNs) return;
    if (!failure_told_.compare_exchange_strong(told, now)) return;
    runtime_.log.write(AURELIS_LOG_WARN,
                       "the load of " + printable(request.identity) + " failed: " + printable(why) +
                           "; its callers get what they have instead, and it is tried again " +
                           (request.failure_pause_ns == 0 ? std::string("by the next one")
                                                          : "in " + format_duration(request.failure_pause_ns)));
}

aurelis_status Loader::answer(CallContext& context, const LoadOutcome& outcome, aurelis_entry& out) {
    if (outcome.status < 0) context.error = outcome.error;
    if (outcome.status != AURELIS_OK) return outcome.status;
    out = aurelis_entry{};
    out.meta = outcome.meta;
    out.layer = outcome.layer;
    if (outcome.attrs.empty()) {
        out.value = aurelis_buf_share(&outcome.value.raw());
        return AURELIS_OK;
    }
    // Attributes must live as long as the value: one buffer owns both.
    auto* attrs = new std::string(outcome.attrs);
    auto* value = new Pinned(outcome.value.share());
    Pinned both = wrap_buffer(value->view(), [attrs, value] {
        delete attrs;
        delete value;
    });
    out.attrs = bytes(*attrs);
    out.value = both.give();
    return AURELIS_OK;
}

const LoadOutcome* Loader::wait_for(Flight& flight, int64_t deadline_mono) {
    struct Ending {
        ~Ending() { Waits::end(); }
    } const ending;
    if (deadline_mono == 0) deadline_mono = saturating_add(runtime_.clock.mono(), runtime_.wait_ns);
    return flight.wait(runtime_.clock, deadline_mono);
}

aurelis_status Loader::load_alone(CallContext& context, LoadRequest& request, aurelis_entry& out) {
    return answer(context, fly(context, request, false), out);
}

// Whether a load that was awaited began before an invalidation that was known when its caller asked. Of several only
// the last is known, so one that is hidden and older than what its caller knew is loaded again: that costs a load.
bool Loader::is_outdated(const LoadRequest& request, const LoadOutcome& outcome, int64_t known_stamp) const {
    const int64_t created = outcome.meta.created_wall;
    if (outcome.status < 0 || created == 0 || created >= known_stamp) return false;
    return request.chain.stack().stamp_hiding(request.key, outcome.meta, bytes(outcome.attrs), outcome.value.size()) !=
           0;
}

thread_local bool Loader::is_worker_ = false;

struct Loader::Behind {
    explicit Behind(Loader& of) : loader(of), landings(of.flights_) {}
    Loader& loader;
    std::unique_ptr<OwnedLoad> load;  // Outlives the flights, which refer to its leases.
    Landings landings;

    static void run(void* user, uint32_t cancelled) noexcept {
        const std::unique_ptr<Behind> one(static_cast<Behind*>(user));
        Loader& loader = one->loader;
        is_worker_ = cancelled == 0;
        try {
            loader.carry_out(*one->load, one->landings, cancelled != 0);
        } catch (...) {  // They land without a result.
        }
        is_worker_ = false;
        loader.waiting_.fetch_sub(1, std::memory_order_relaxed);
    }
};

bool Loader::start_behind(std::unique_ptr<OwnedLoad>& load, FlightPtrs& flights) {
    if (waiting_.fetch_add(1, std::memory_order_relaxed) >= kWaitingMax) {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        count(kLoadsDropped);
        return false;
    }
    struct Waiting {  // Unless a task takes it over.
        std::atomic<uint32_t>* count;
        ~Waiting() {
            if (count != nullptr) count->fetch_sub(1, std::memory_order_relaxed);
        }
    } waiting{&waiting_};
    auto one = std::make_unique<Behind>(*this);
    one->load = std::move(load);
    const LoadBatch& batch = one->load->batch();
    flights.resize(batch.requests.size());
    one->landings.reserve(batch.requests.size());
    for (size_t i = 0; i < batch.requests.size(); ++i) {
        const LoadRequest& request = *batch.requests[i];
        bool leads = false;
        flights[i] = flights_.join_or_lead(request.key.hash, request.identity, request.lookup.lease, leads);
        if (leads) one->landings.add(i, flights[i]);
    }
    if (one->landings.empty()) return true;
    counts_[kLoadsBehind].fetch_add(one->landings.size(), std::memory_order_relaxed);
    Behind* const task = one.release();
    waiting.count = nullptr;
    aurelis_status submitted = AURELIS_E_NOMEM;
    try {
        submitted = behind_.submit(this, &Behind::run, task, 0, nullptr);
    } catch (...) {  // No thread could be started.
    }
    if (submitted != AURELIS_OK) Behind::run(task, 1);
    return true;
}

void Loader::refresh_behind(std::unique_ptr<OwnedLoad> load) {
    FlightPtrs unused;
    start_behind(load, unused);
}

void Loader::carry_out(OwnedLoad& load, Landings& landings, bool cancelled) {
    landings.lead();
    if (cancelled) {
        for (size_t k = 0; k < landings.size(); ++k) {
            landings[k].outcome.status = AURELIS_E_CLOSED;
            landings[k].outcome.error = "the load could not begin; the cache is being closed, or has no thread for it";
        }
        return;
    }
    CallContext& context = load.context();
    const LoadBatch& batch = load.batch();
    context.call.cancel = reinterpret_cast<const uint32_t*>(&closing_);
    if ((context.call.flags & AURELIS_CALL_REFRESH) != 0)
        for (size_t k = 0; k < landings.size(); ++k) observe(context, *batch.requests[landings.request(k)]);
    const auto has_flown = [&](size_t k) {
        if (landings[k].outcome.status < 0)
            tell_failure(*batch.requests[landings.request(k)], landings[k].outcome.error);
        landings[k].land();
    };
    fly_together(context, batch, landings, has_flown);
}

void Loader::close() {
    closing_.store(1, std::memory_order_relaxed);
    behind_.close(this);
}

aurelis_status Loader::load_behind(CallContext& context, LoadRequest& request, std::unique_ptr<OwnedLoad> load,
                                   aurelis_entry& out) {
    const int64_t known_stamp = request.chain.stack().stamps().newest();
    if (is_worker_ && request.has_stale) request.patience_ns = 0;
    FlightPtrs flights;
    if ((!is_worker_ || request.has_stale) && start_behind(load, flights)) {
        aurelis_status status = AURELIS_OK;
        if (join(context, request, *flights[0], known_stamp, runtime_.clock.mono(), out, status)) return status;
        count(kLoadsOutdated);
    } else if (request.has_stale) {
        return AURELIS_STALE;  // Too many are waiting; a later caller tries again.
    }
    load.reset();
    return this->load(context, request, out);
}

aurelis_status Loader::load(CallContext& context, LoadRequest& request, aurelis_entry& out) {
    // A caller that asks for a load wants no copy; only the layers' versions matter.
    if (!request.lookup.lease.taken()) observe(context, request);
    return load_since(context, request, request.chain.stack().stamps().newest(), out);
}

aurelis_status Loader::load_since(CallContext& context, LoadRequest& request, int64_t known_stamp,
                                  aurelis_entry& out) {
    aurelis_status status = AURELIS_OK;
    if (load_or_join(context, request, known_stamp, out, status)) return status;
    return load_anew(context, request, known_stamp, out);
}

aurelis_status Loader::load_anew(CallContext& context, LoadRequest& request, int64_t known_stamp,
                                 aurelis_entry& out) {
    aurelis_status status = AURELIS_OK;
    do {
        count(kLoadsOutdated);
        LoadOutcome there;
        request.lookup.missed = request.lookup.held = 0;
        if (look_up(context, request, request.lookup, there)) return answer(context, there, out);
    } while (!load_or_join(context, request, known_stamp, out, status));
    return status;
}

// False: what another caller had begun to load is out of date for this one, which asked later.
bool Loader::load_or_join(CallContext& context, LoadRequest& request, int64_t known_stamp, aurelis_entry& out,
                          aurelis_status& status) {
    bool leads = false;
    const std::shared_ptr<Flight> flight =
        flights_.join_or_lead(request.key.hash, request.identity, request.lookup.lease, leads);
    if (!leads) return join(context, request, *flight, known_stamp, runtime_.clock.mono(), out, status);
    Landing landing(flights_, *flight);
    landing.outcome = fly(context, request, true);
    status = answer(context, landing.outcome, out);
    landing.land();
    return true;
}

// False: the load is out of date for this caller, which asked later.
bool Loader::join(CallContext& context, LoadRequest& request, Flight& flight, int64_t known_stamp, int64_t asked_mono,
                  aurelis_entry& out, aurelis_status& status) {
    request.lookup.lease.end();
    if (request.has_stale && request.patience_ns == 0) {
        count(kLoadsNotAwaited);
        status = AURELIS_STALE;
        return true;
    }
    if (is_worker_ && flight.leader() == std::thread::id{}) {  // It may be waiting for this thread.
        status = load_alone(context, request, out);
        return true;
    }
    if (auto ring = Waits::begin(flight)) {
        count(kLoadRings);
        context.error =
            "computations wait for one another in a ring: " + *ring + "; compute one of them without the cache";
        status = AURELIS_E_INVALID;
        return true;
    }
    int64_t until = context.call.deadline_mono;
    const int64_t patient_until = saturating_add(asked_mono, request.patience_ns);
    const bool is_impatient = request.patience_ns != 0 && (until == 0 || patient_until < until);
    if (is_impatient) until = patient_until;
    count(kLoadsJoined);
    const LoadOutcome* outcome = wait_for(flight, until);
    if (outcome == nullptr && is_impatient) {
        count(kLoadsLeft);
        if (!request.has_stale)
            context.error =
                "the load took longer than hard_timeout, and goes on behind the call; give it more time, or a default "
                "value";
        status = request.has_stale ? AURELIS_STALE : AURELIS_E_TIMEOUT;
        return true;
    }
    if (outcome == nullptr) {
        count(kLoadWaitTimeouts);
        context.error = context.call.deadline_mono != 0
                            ? "the time-out passed while another caller was computing the same key; give it more time "
                              "or allow stale answers"
                            : "another caller was computing the same key for longer than cache.wait_timeout; raise it, "
                              "or give the computation a time-out";
        status = AURELIS_E_TIMEOUT;
        return true;
    }
    if (is_outdated(request, *outcome, known_stamp)) return false;
    status = answer(context, *outcome, out);
    return true;
}

}  // namespace aurelis::core
