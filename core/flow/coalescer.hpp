// Coalescer: gathers the names of one category that single gets load from its origin within a short time, so that the
// origin is asked once for all of them. Whoever comes first waits for others, asks for all, and hands out the answers.
// Leaves to others: asking (origins), one load per name (loader).
// Threads: any. No lock is held while the origin is asked.
#pragma once

#include "base/clock.hpp"
#include "base/function_ref.hpp"
#include "base/locks.hpp"
#include "flow/computation.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace aurelis::core {

class Coalescer {
public:
    using Ask = FunctionRef<void(std::span<NameToLoad> names, CallContext& context)>;

    // Waits for at most the window, and until `max` names have been gathered. gathered: counts those that have come
    // after the first.
    Coalescer(const Clock& clock, int64_t window_ns, size_t max, std::atomic<uint64_t>& gathered)
        : clock_(clock), window_ns_(window_ns), max_(max), gathered_(gathered) {}

    // Fills in what became of the name, whose load the caller leads; it holds no lane. ask: asks the origin for all,
    // on the thread of the first one. Only loads are gathered whose deadlines lie within one window; the latest one
    // counts, and a cancel flag only if its caller is alone. A load within another one is not gathered.
    void load(CallContext& context, NameToLoad& name, Ask ask);

private:
    struct Gathering;
    bool may_join(const Gathering& gathering, const NameToLoad& name, int64_t deadline) const
        AURELIS_REQUIRES(mutex_);
    void close(Gathering& gathering) AURELIS_REQUIRES(mutex_);
    void lead(Gathering& gathering, CallContext& context, Ask ask) AURELIS_EXCLUDES(mutex_);

    const Clock& clock_;
    const int64_t window_ns_;
    const size_t max_;
    std::atomic<uint64_t>& gathered_;
    Mutex mutex_;
    std::shared_ptr<Gathering> open_ AURELIS_GUARDED_BY(mutex_);  // NULL: the next one begins a new one.
};

}  // namespace aurelis::core
