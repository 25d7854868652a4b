#include "layer/gate.hpp"

#include "base/hash.hpp"
#include "base/names.hpp"
#include "layer/health.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr int64_t kRetryFirstNs = 1'000'000'000;
constexpr int64_t kRetryMostNs = 30'000'000'000;

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

aurelis_status Gate::failed(CallContext& context, aurelis_status status, const char* what) {
    const std::string why =
        context.error.empty() ? std::string(what) + " (" + status_name(status) + ")" : context.error;
    std::string line = label_ + ": " + why;
    failures_.failed(line, "; the other layers keep serving");
    context.error = std::move(line);
    context.error_status = status;
    return known_failure(status);
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

bool Gate::alive() {
    StoreHandle* const handle = backend();
    return handle != nullptr && is_alive(*handle, runtime_.clock, spec_.resilience.timeout_ns);
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
    const ResilienceConfig& resilience = gate_.spec_.resilience;
    const bool soft = reads && context_.has_fallback && resilience.soft_timeout_ns != 0;
    time_.begin(gate_.runtime_.clock.mono(), soft ? resilience.soft_timeout_ns : resilience.timeout_ns);
}

void Gate::Visit::look_at_the_time() {
    if (gate_.time_out_ns_ == 0 || overran_) return;
    const int64_t now = gate_.runtime_.clock.mono();
    if (!time_.overran(gate_.time_out_ns_, now)) return;
    overran_ = true;
    gate_.overrun(time_.began_mono(), now);
}

aurelis_status Gate::Visit::end_badly(aurelis_status status, const char* what) {
    const int64_t now = gate_.runtime_.clock.mono();
    const int64_t began = time_.has_begun() ? time_.began_mono() : now;
    const aurelis_status judged = gate_.failed(context_, status, what);
    if (time_.shows_outage(status, now) && gate_.breaker_.failed(began, now)) gate_.trip();
    return judged;
}

}  // namespace aurelis::core
