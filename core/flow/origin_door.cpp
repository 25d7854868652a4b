#include "flow/origin_door.hpp"

#include "base/hash.hpp"
#include "base/names.hpp"
#include "config/units.hpp"
#include "layer/health.hpp"

namespace aurelis::core {
namespace {

thread_local const OriginDoor::Visit* innermost = nullptr;

std::string label_of(const OriginSpec& spec, const std::string& name) {
    std::string label = spec.place.empty() ? name : spec.place + ": " + name;
    if (spec.component.component != nullptr) label += std::string(" (") + spec.component.component->type_name + ")";
    return label;
}

}  // namespace

OriginDoor::OriginDoor(Runtime& runtime, OriginSpec spec, std::unique_ptr<StoreHandle> store)
    : runtime_(runtime),
      spec_(std::move(spec)),
      name_("origin " + spec_.name),
      label_(label_of(spec_, name_)),
      store_(std::move(store)),
      turnstile_(runtime.clock, spec_.door.max_parallel, spec_.door.rate, counters_),
      breaker_(spec_.door.breaker),
      failures_(runtime) {
    runtime_.tasks.open(this);
}

void OriginDoor::close() {
    runtime_.tasks.close(this);
    store_.reset();
}

// The breaker has just opened.
void OriginDoor::trip() {
    runtime_.log.write(AURELIS_LOG_WARN,
                       label_ + ": it is not asked for now; " +
                           (store_ != nullptr ? "it is probed in the background" : "a call will try it again"));
    if (store_ != nullptr) {
        schedule_probe();
    } else {
        const int64_t at = saturating_add(runtime_.clock.mono(), next_probe_in());
        MutexLock lock(trial_mutex_);
        trial_at_mono_ = at;
    }
    turnstile_.wake();
}

void OriginDoor::serves_again() {
    breaker_.close(runtime_.clock.mono());
    runtime_.log.write(AURELIS_LOG_WARN, label_ + ": serves again");
}

int64_t OriginDoor::next_probe_in() {
    const int64_t now = runtime_.clock.mono();
    return breaker_.next_probe_in(hash_bytes(&now, sizeof now));
}

void OriginDoor::schedule_probe() {
    runtime_.tasks.submit(this, &OriginDoor::probe, this, next_probe_in(), nullptr);
}

void OriginDoor::probe(void* self, uint32_t cancelled) noexcept {
    auto& door = *static_cast<OriginDoor*>(self);
    if (cancelled != 0) return;
    if (!is_alive(*door.store_, door.runtime_.clock, door.spec_.door.timeout_ns)) return door.schedule_probe();
    door.serves_again();
}

bool OriginDoor::begin_trial() {
    if (store_ != nullptr) return false;
    const int64_t now = runtime_.clock.mono();
    MutexLock lock(trial_mutex_);
    if (trial_under_way_ || now < trial_at_mono_) return false;
    trial_under_way_ = true;
    return true;
}

void OriginDoor::end_trial(Trial outcome) {
    const int64_t next = outcome == Trial::Passed   ? INT64_MAX
                         : outcome == Trial::Failed ? saturating_add(runtime_.clock.mono(), next_probe_in())
                                                    : 0;
    {
        MutexLock lock(trial_mutex_);
        if (next != 0) trial_at_mono_ = next;
        trial_under_way_ = false;
    }
    if (outcome == Trial::Passed) serves_again();
}

std::string OriginDoor::why_shut() const {
    const std::string last = failures_.last();
    const std::string reason = last.size() > label_.size() + 2 ? last.substr(label_.size() + 2) : "it failed";
    return name_ + ": it is not asked for now, since its breaker is open (" + reason + ")";
}

aurelis_status OriginDoor::call_store(CallContext& context, const char* what, Work work, bool flushes) {
    std::string before = std::move(context.error);
    context.error.clear();
    Visit visit(*this, context.call);
    if (flushes) visit.flushes();
    aurelis_status status = visit.enter(context.error);
    if (status != AURELIS_OK) return status;
    status = work(*store_, context.call);
    if (status < 0 && context.error.empty())
        context.error = std::string(what) + " failed (" + status_name(status) + ")";
    visit.end(status, context.error);
    context.error = status < 0 ? name_ + ": " + context.error : std::move(before);
    return status;
}

aurelis_status OriginDoor::flush(CallContext& context) {
    const auto work = [](StoreHandle& store, aurelis_call& call) { return store.ops().flush(store.store(), &call); };
    return call_store(context, "flush", work, true);
}

OriginDoor::Visit::Visit(OriginDoor& door, aurelis_call& call) noexcept
    : door_(door), call_(call), time_(call), outer_(innermost), has_place_(is_nested()) {}

bool OriginDoor::Visit::is_nested() const noexcept {
    for (const Visit* visit = outer_; visit != nullptr; visit = visit->outer_)
        if (&visit->door_ == &door_) return true;
    return false;
}

aurelis_status OriginDoor::Visit::refuse_shut(std::string& why) {
    door_.counters_.add(kOriginRefused);
    why = door_.why_shut();
    return AURELIS_E_UNAVAILABLE;
}

aurelis_status OriginDoor::Visit::refuse(Turnstile::Refusal refusal, std::string& why) {
    if (refusal == Turnstile::Refusal::Shut) return refuse_shut(why);
    if (refusal == Turnstile::Refusal::Cancelled) {
        door_.counters_.add(kOriginCancelled);
        why = door_.name_ + ": the call was cancelled while it waited";
        return AURELIS_E_CANCELLED;
    }
    door_.counters_.add(kOriginWaitTimeouts);
    const DoorConfig& limits = door_.spec_.door;
    const char* const bound = call_.deadline_mono != 0 ? "the call's time-out" : "cache.wait_timeout";
    why = door_.name_ + (refusal == Turnstile::Refusal::NoPlace
                             ? ": as many calls as max_parallel allows (" + std::to_string(limits.max_parallel) +
                                   ") were under way until " + bound + " passed; raise it, or give the call more time"
                             : ": the turn of the call under rate (" + format_rate(limits.rate) + ") comes after " +
                                   bound + "; raise it, or give the call more time");
    return AURELIS_E_TIMEOUT;
}

aurelis_status OriginDoor::Visit::enter(std::string& why) {
    if (!has_place_ && !door_.breaker_.closed()) {
        is_trial_ = door_.begin_trial();
        // It may have closed meanwhile.
        if (!is_trial_ && !door_.breaker_.closed()) return refuse_shut(why);
    }
    const Clock& clock = door_.runtime_.clock;
    const int64_t deadline = call_.deadline_mono != 0
                                 ? call_.deadline_mono
                                 : saturating_add(clock.mono(), door_.runtime_.wait_ns);
    const auto is_shut = [&] { return !has_place_ && !is_trial_ && !door_.breaker_.closed(); };
    const Turnstile::Refusal refusal = door_.turnstile_.enter({deadline, call_.cancel, has_place_, !flushes_}, is_shut);
    if (refusal != Turnstile::Refusal::None) return refuse(refusal, why);
    is_inside_ = true;
    innermost = this;
    door_.counters_.add(kOriginCalls);
    time_.begin(clock.mono(), flushes_ ? 0 : door_.spec_.door.timeout_ns);
    return AURELIS_OK;
}

// Counts the outcome. True: it shows an outage, and has been logged.
bool OriginDoor::Visit::note(aurelis_status status, std::string_view why, int64_t now_mono) {
    door_.call_times_.record(now_mono - time_.began_mono());
    if (status == AURELIS_NOT_FOUND) door_.counters_.add(kOriginNotFound);
    if (status >= 0) return false;
    door_.counters_.add(status == AURELIS_E_CANCELLED ? kOriginCancelled : kOriginFailures);
    if (status == AURELIS_E_TIMEOUT) door_.counters_.add(kOriginTimeouts);
    if (!time_.shows_outage(status, now_mono)) return false;
    const std::string reason =
        why.empty() ? std::string("a call failed (") + status_name(status) + ")" : std::string(why);
    door_.failures_.failed(door_.label_ + ": " + reason, "");
    return true;
}

bool OriginDoor::Visit::overran(int64_t now_mono) {
    const int64_t time_out = flushes_ ? 0 : door_.spec_.door.timeout_ns;
    if (!time_.overran(time_out, now_mono)) return false;
    door_.failures_.failed(door_.label_ + ": one call took " + format_duration(now_mono - time_.began_mono()) +
                               ", the time-out is " + format_duration(time_out) +
                               "; it does not respect its deadline, and nothing can interrupt it",
                           "; correct the origin, or give it a longer timeout");
    return true;
}

void OriginDoor::Visit::end(aurelis_status status, std::string_view why) {
    const int64_t now = door_.runtime_.clock.mono(), began = time_.began_mono();
    const bool is_outage = note(status, why, now);
    const bool is_overrun = overran(now);
    bool trips = is_outage && door_.breaker_.failed(began, now);
    if (is_overrun) trips = door_.breaker_.trip(began, now) || trips;
    if (status >= 0 && !is_overrun) door_.breaker_.succeeded();
    if (is_trial_) {
        is_trial_ = false;
        const bool is_undecided = status == AURELIS_E_CANCELLED || status == AURELIS_E_TIMEOUT;
        door_.end_trial(is_outage || is_overrun ? Trial::Failed
                        : is_undecided          ? Trial::Undecided
                                                : Trial::Passed);
    }
    if (trips) door_.trip();
}

OriginDoor::Visit::~Visit() {
    if (is_trial_) door_.end_trial(Trial::Undecided);
    if (!is_inside_) return;
    innermost = outer_;
    door_.turnstile_.leave(has_place_);
}

}  // namespace aurelis::core
