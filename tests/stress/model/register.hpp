// Register: the values that a get of one key may still return, and the gets that are under way. It holds no pointers
// and may lie in memory that processes share. Its lock is held neither during a call to the cache nor across two.
// Leaves to others: floors (floors.hpp), what a violation leads to (model).
#pragma once

#include "stress/model/floors.hpp"
#include "stress/model/value.hpp"

#include <sched.h>

#include <array>
#include <atomic>

namespace aurelis::stress {

// Between threads and between processes. Held for some hundred instructions.
class SpinLock {
public:
    void lock() noexcept {
        while (taken_.exchange(true, std::memory_order_acquire)) sched_yield();
    }
    void unlock() noexcept { taken_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> taken_{false};
};

enum class Fault { None, Unknown, BelowFloor, BelowStaleFloor, BelowSeen, Overtaken };
const char* text_of(Fault fault) noexcept;

class Register {
public:
    // A get between its begin and its end, with the floors that it saw.
    struct Reading {
        bool is_under_way = false;
        bool allows_stale = false;
        Moment begin = 0;
        KeyFloors hard, soft;
        Moment seen = 0;
    };
    struct Seen {
        Value value;
        bool is_stale = false;
        bool is_from_layer = false;  // Not what a computation gave to those who waited for it.
    };

    // A value from a set or a computation, before the cache or the origin knows it. kNever: end.
    void begin_value(const Value& value, bool is_load, const KeyFloors& least);
    void end_value(Moment begun, Moment end);

    // The place of the reading, for end_read(). It was filled by the caller, apart from `seen`.
    size_t begin_read(const Reading& reading);
    void abandon_read(size_t place);
    // Found a value. in_order: what this process sees of the key goes forward only.
    Fault end_read(size_t place, const Seen& seen, Moment end, bool in_order);
    // Without a get: whether a value that was found now is below the floors.
    Fault check(const Value& value, const KeyFloors& floors) const;

private:
    struct Written {
        Moment begun = 0;  // 0: a free place.
        // A set can be superseded by what begins after its end; a computation by what begins after it was begun, since
        // it is revoked otherwise.
        Moment end = kNever;
        bool is_load = false;
        bool has_other_tag = false;
        Moment first_seen = kNever;  // The end of the first get that returned it.
        Moment overtaken = kNever;   // The end of the first get that returned what came after it.

        Moment moment() const noexcept { return is_load ? begun : end; }
    };
    static constexpr size_t kWrittenMax = 2048;
    static constexpr size_t kReadingsMax = 64;

    Written* find(Moment begun) noexcept;
    const Written* find(Moment begun) const noexcept { return const_cast<Register*>(this)->find(begun); }
    // Forgets what neither a get that is under way nor a later one may return.
    void prune(const KeyFloors& least);
    static Fault judge(const Written* written, const Reading& reading, bool is_stale);

    mutable SpinLock lock_;
    size_t count_ = 0;                         // All below are guarded by lock_.
    std::array<Written, kWrittenMax> written_{};
    std::array<Reading, kReadingsMax> readings_{};
    Moment seen_ = 0;  // What begins values that gets have returned: the latest.
};

}  // namespace aurelis::stress
