#include "flow/coalescer.hpp"

#include "flow/flights.hpp"
#include "flow/waits.hpp"

#include <algorithm>
#include <chrono>

namespace aurelis::core {

// All members are guarded by the coalescer's mutex; the names are the callers', which wait until it is done.
struct Coalescer::Gathering {
    Condition changed;
    std::vector<NameToLoad*> names;
    int64_t first_deadline = 0, latest_deadline = 0;  // Mono; 0: none.
    std::shared_ptr<const Flight> flight;             // What the first one loads, and the others wait for.
    bool is_closed = false;
    bool is_done = false;
};

namespace {

bool is_given_up(const aurelis_call& call) noexcept {
    return call.cancel != nullptr && __atomic_load_n(call.cancel, __ATOMIC_RELAXED) != 0;
}

}  // namespace

// One window is the most by which a caller may be kept longer than it wished.
bool Coalescer::may_join(const Gathering& gathering, const NameToLoad& name, int64_t deadline) const {
    if ((deadline == 0) != (gathering.first_deadline == 0)) return false;
    if (std::abs(deadline - gathering.first_deadline) > window_ns_) return false;
    // A request has each key once; the same one comes again if it was removed meanwhile.
    return std::none_of(gathering.names.begin(), gathering.names.end(), [&](const NameToLoad* one) {
        return one->key.hash == name.key.hash && text_of(one->key) == text_of(name.key);
    });
}

void Coalescer::load(CallContext& context, NameToLoad& name, Ask ask) {
    // Within another load, or without one that others wait for, a wait for others could be one for this thread.
    const Flight* const flight = Waits::innermost();
    if (flight == nullptr || flight->outer() != nullptr) return ask({&name, 1}, context);
    const int64_t deadline = context.call.deadline_mono;
    std::shared_ptr<Gathering> gathering;
    bool leads = false;
    {
        MutexLock lock(mutex_);
        leads = open_ == nullptr;
        if (leads) {
            auto fresh = std::make_shared<Gathering>();
            fresh->names.reserve(max_);
            fresh->names.push_back(&name);
            fresh->first_deadline = fresh->latest_deadline = deadline;
            fresh->flight = flight->shared_from_this();
            open_ = fresh;
        } else if (!may_join(*open_, name, deadline) || Waits::begin(*open_->flight)) {
            lock.unlock();
            return ask({&name, 1}, context);
        }
        gathering = open_;
        if (!leads) {
            gathering->names.push_back(&name);
            gathering->latest_deadline = std::max(gathering->latest_deadline, deadline);
            gathered_.fetch_add(1, std::memory_order_relaxed);
            if (gathering->names.size() >= max_) close(*gathering);
            while (!gathering->is_done) gathering->changed.wait(lock);
        }
    }
    if (leads) return lead(*gathering, context, ask);
    Waits::end();
}

void Coalescer::close(Gathering& gathering) {
    gathering.is_closed = true;
    if (open_.get() == &gathering) open_ = nullptr;
    gathering.changed.notify_all();
}

void Coalescer::lead(Gathering& gathering, CallContext& context, Ask ask) {
    // Nobody is left waiting, whatever happens.
    struct Ending {
        Coalescer& coalescer;
        Gathering& gathering;
        std::vector<NameToLoad> names{};
        ~Ending() {
            const MutexLock lock(coalescer.mutex_);
            for (size_t i = 0; i < gathering.names.size(); ++i)
                gathering.names[i]->status = i < names.size() ? names[i].status : AURELIS_E_NOMEM;
            coalescer.close(gathering);
            gathering.is_done = true;
        }
    } all{*this, gathering};
    CallContext for_all;
    int64_t end = saturating_add(clock_.mono(), window_ns_);
    if (context.call.deadline_mono != 0) end = std::min(end, context.call.deadline_mono);
    {
        MutexLock lock(mutex_);
        while (!gathering.is_closed && !is_given_up(context.call)) {
            const int64_t left = end - clock_.mono();
            if (left <= 0) break;
            gathering.changed.wait_for(lock, std::chrono::nanoseconds(clock_.is_custom() ? 1'000'000 : left));
        }
        close(gathering);
        for (NameToLoad* const one : gathering.names)
            all.names.push_back({one->name, one->key, one->stale, one->terms, one->loaded, AURELIS_E_INTERNAL});
        for_all.call.deadline_mono = gathering.latest_deadline;
    }
    if (all.names.size() == 1) return ask(all.names, context);
    for_all.call.flags = context.call.flags;
    for_all.call.layers = context.call.layers;
    for_all.call.now_wall = context.call.now_wall;
    for_all.call.span_id = context.call.span_id;
    for_all.call.trace_flags = context.call.trace_flags;
    std::copy(std::begin(context.call.trace_id), std::end(context.call.trace_id), for_all.call.trace_id);
    ask(all.names, for_all);
}

}  // namespace aurelis::core
