// Locks whose use clang checks when it compiles (`tools/test --thread-safety`): the standard library's mutexes behind
// names that say which lock guards what. A member says AURELIS_GUARDED_BY(mutex_), a function that expects its caller
// to hold the lock AURELIS_REQUIRES(mutex_), one that takes it itself AURELIS_EXCLUDES(mutex_). Other compilers ignore
// these annotations. Where NDEBUG is not defined (the dev and sanitizer builds) a mutex knows the thread that holds it,
// so that assert_held() is checked with any compiler; a release build makes only the standard library's calls.
// Leaves to others: the lanes, which are locks per key (coherence/lanes.hpp), and which lock is held for how long
// (core/README.md).
#pragma once

#include <aurelis/base/check.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#ifdef __clang__
#define AURELIS_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define AURELIS_THREAD_SAFETY(attribute)
#endif
// For classes: what can be held, and what holds it from construction to destruction.
#define AURELIS_CAPABILITY(name) AURELIS_THREAD_SAFETY(capability(name))
#define AURELIS_SCOPED_CAPABILITY AURELIS_THREAD_SAFETY(scoped_lockable)
// For members: the lock without which they, or what they point to, must not be accessed.
#define AURELIS_GUARDED_BY(...) AURELIS_THREAD_SAFETY(guarded_by(__VA_ARGS__))
#define AURELIS_PT_GUARDED_BY(...) AURELIS_THREAD_SAFETY(pt_guarded_by(__VA_ARGS__))
// For functions: locks that the caller must hold, that it must not hold, that the function takes or releases.
#define AURELIS_REQUIRES(...) AURELIS_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define AURELIS_REQUIRES_SHARED(...) AURELIS_THREAD_SAFETY(requires_shared_capability(__VA_ARGS__))
#define AURELIS_EXCLUDES(...) AURELIS_THREAD_SAFETY(locks_excluded(__VA_ARGS__))
#define AURELIS_ACQUIRE(...) AURELIS_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define AURELIS_ACQUIRE_SHARED(...) AURELIS_THREAD_SAFETY(acquire_shared_capability(__VA_ARGS__))
#define AURELIS_TRY_ACQUIRE(...) AURELIS_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
#define AURELIS_RELEASE(...) AURELIS_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define AURELIS_RELEASE_SHARED(...) AURELIS_THREAD_SAFETY(release_shared_capability(__VA_ARGS__))
#define AURELIS_ASSERT_HELD(...) AURELIS_THREAD_SAFETY(assert_capability(__VA_ARGS__))
// For a body that the analysis cannot follow; a comment beside it gives the reason.
#define AURELIS_NO_THREAD_SAFETY_ANALYSIS AURELIS_THREAD_SAFETY(no_thread_safety_analysis)

namespace aurelis::core {

// The thread that holds a mutex exclusively; not tracked in a release build.
class LockOwner {
public:
#ifdef NDEBUG
    void set() noexcept {}
    void clear() noexcept {}
#else
    void set() noexcept { thread_.store(std::this_thread::get_id(), std::memory_order_relaxed); }
    void clear() noexcept { thread_.store(std::thread::id(), std::memory_order_relaxed); }
#endif
    // Only for AURELIS_DEBUG_CHECK: a release build does not define it.
    bool is_this_thread() const noexcept;

#ifndef NDEBUG
private:
    std::atomic<std::thread::id> thread_{};
#endif
};
#ifndef NDEBUG
inline bool LockOwner::is_this_thread() const noexcept {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}
#endif

// The bodies of these classes do what their annotations promise, but the analysis cannot see it, since the standard
// library's mutexes have no annotations. So they are not analysed.

class AURELIS_CAPABILITY("mutex") Mutex {
public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() AURELIS_ACQUIRE() AURELIS_NO_THREAD_SAFETY_ANALYSIS {
        AURELIS_DEBUG_CHECK(!owner_.is_this_thread());
        mutex_.lock();
        owner_.set();
    }
    void unlock() AURELIS_RELEASE() AURELIS_NO_THREAD_SAFETY_ANALYSIS {
        AURELIS_DEBUG_CHECK(owner_.is_this_thread());
        owner_.clear();
        mutex_.unlock();
    }
    // Ends the process in debug builds unless this thread holds the mutex.
    void assert_held() const noexcept AURELIS_ASSERT_HELD(this) { AURELIS_DEBUG_CHECK(owner_.is_this_thread()); }

private:
    friend class Condition;
    std::mutex mutex_;
    [[no_unique_address]] LockOwner owner_;
};

// Held by one writer or by any number of readers.
class AURELIS_CAPABILITY("shared mutex") SharedMutex {
public:
    SharedMutex() = default;
    SharedMutex(const SharedMutex&) = delete;
    SharedMutex& operator=(const SharedMutex&) = delete;

    void lock() AURELIS_ACQUIRE() AURELIS_NO_THREAD_SAFETY_ANALYSIS {
        AURELIS_DEBUG_CHECK(!owner_.is_this_thread());
        mutex_.lock();
        owner_.set();
    }
    void unlock() AURELIS_RELEASE() AURELIS_NO_THREAD_SAFETY_ANALYSIS {
        AURELIS_DEBUG_CHECK(owner_.is_this_thread());
        owner_.clear();
        mutex_.unlock();
    }
    void lock_shared() AURELIS_ACQUIRE_SHARED() AURELIS_NO_THREAD_SAFETY_ANALYSIS {
        AURELIS_DEBUG_CHECK(!owner_.is_this_thread());
        mutex_.lock_shared();
    }
    void unlock_shared() AURELIS_RELEASE_SHARED() AURELIS_NO_THREAD_SAFETY_ANALYSIS { mutex_.unlock_shared(); }
    // Ends the process in debug builds unless this thread holds the mutex for writing.
    void assert_held() const noexcept AURELIS_ASSERT_HELD(this) { AURELIS_DEBUG_CHECK(owner_.is_this_thread()); }

private:
    std::shared_mutex mutex_;
    [[no_unique_address]] LockOwner owner_;
};

// Holds a mutex exclusively until it is destroyed; may be unlocked and locked again in between.
template <typename Lockable>
class AURELIS_SCOPED_CAPABILITY ScopedLock {
public:
    explicit ScopedLock(Lockable& mutex) AURELIS_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~ScopedLock() AURELIS_RELEASE() {
        if (held_) mutex_.unlock();
    }
    ScopedLock(const ScopedLock&) = delete;
    ScopedLock& operator=(const ScopedLock&) = delete;

    void lock() AURELIS_ACQUIRE() AURELIS_NO_THREAD_SAFETY_ANALYSIS {
        mutex_.lock();
        held_ = true;
    }
    void unlock() AURELIS_RELEASE() AURELIS_NO_THREAD_SAFETY_ANALYSIS {
        held_ = false;
        mutex_.unlock();
    }

private:
    friend class Condition;
    Lockable& mutex_;
    bool held_ = true;
};
using MutexLock = ScopedLock<Mutex>;
using ExclusiveLock = ScopedLock<SharedMutex>;

// Holds a shared mutex for reading until it is destroyed.
class AURELIS_SCOPED_CAPABILITY SharedLock {
public:
    explicit SharedLock(SharedMutex& mutex) AURELIS_ACQUIRE_SHARED(mutex) : mutex_(mutex) { mutex_.lock_shared(); }
    ~SharedLock() AURELIS_RELEASE() { mutex_.unlock_shared(); }
    SharedLock(const SharedLock&) = delete;
    SharedLock& operator=(const SharedLock&) = delete;

private:
    SharedMutex& mutex_;
};

// A condition variable for a Mutex. It takes no predicate: the analysis does not see that a lambda runs with the lock
// held, so wait in a loop that tests the condition.
class Condition {
public:
    void wait(MutexLock& lock) {
        Handover handover(lock.mutex_);
        condition_.wait(handover.native);
    }
    void wait_for(MutexLock& lock, std::chrono::nanoseconds time) {
        Handover handover(lock.mutex_);
        condition_.wait_for(handover.native, time);
    }
    void notify_one() noexcept { condition_.notify_one(); }
    void notify_all() noexcept { condition_.notify_all(); }

private:
    // Wraps the held mutex as the standard library wants it for waiting, and undoes that also when the wait ends by an
    // exception.
    struct Handover {
        explicit Handover(Mutex& held) : mutex(held), native(held.mutex_, std::adopt_lock) {
            AURELIS_DEBUG_CHECK(mutex.owner_.is_this_thread());
            mutex.owner_.clear();
        }
        ~Handover() {
            native.release();
            mutex.owner_.set();
        }
        Handover(const Handover&) = delete;
        Handover& operator=(const Handover&) = delete;
        Mutex& mutex;
        std::unique_lock<std::mutex> native;
    };
    std::condition_variable condition_;
};

}  // namespace aurelis::core
