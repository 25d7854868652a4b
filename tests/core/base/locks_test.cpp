// What the locks do. The annotations of core/base/locks.hpp are checked by clang (tools/test --thread-safety).
#include "base/locks.hpp"

#include "support/aborts.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <thread>
#include <vector>

using namespace aurelis::core;
using aurelis::testing::aborts;

TEST_CASE("locks: a mutex lets one thread in at a time, and can be given back in between") {
    Mutex mutex;
    int turns = 0;  // Guarded by mutex.
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 1000; ++n) {
                MutexLock lock(mutex);
                ++turns;
                lock.unlock();
                lock.lock();
                ++turns;
            }
        });
    for (std::thread& thread : threads) thread.join();
    MutexLock lock(mutex);
    mutex.assert_held();
    CHECK(turns == 8000);
}

TEST_CASE("locks: a lock that was given back is not given back again at its end") {
    Mutex mutex;
    {
        MutexLock lock(mutex);
        lock.unlock();
    }
    int turns = 0;
    std::thread other([&] {
        MutexLock lock(mutex);
        ++turns;
    });
    other.join();
    CHECK(turns == 1);
}

TEST_CASE("locks: a condition wakes who waits, who then holds the mutex again") {
    Mutex mutex;
    Condition changed;
    bool ready = false, taken = false;
    std::thread waiter([&] {
        MutexLock lock(mutex);
        while (!ready) changed.wait(lock);
        mutex.assert_held();
        taken = true;
        changed.notify_all();
    });
    MutexLock lock(mutex);
    ready = true;
    changed.notify_one();
    while (!taken) changed.wait_for(lock, std::chrono::seconds(10));
    mutex.assert_held();
    CHECK(taken);
    lock.unlock();
    waiter.join();
}

TEST_CASE("locks: a condition nobody signals gives the mutex back after its time") {
    Mutex mutex;
    Condition never;
    MutexLock lock(mutex);
    const auto began = std::chrono::steady_clock::now();
    never.wait_for(lock, std::chrono::milliseconds(1));
    mutex.assert_held();
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(60));
}

TEST_CASE("locks: readers share what a writer has alone") {
    SharedMutex mutex;
    int value = 0;  // Guarded by mutex.
    {
        ExclusiveLock lock(mutex);
        mutex.assert_held();
        value = 1;
    }
    SharedLock mine(mutex);
    int seen = 0;
    std::thread other([&] {
        SharedLock lock(mutex);  // While this thread reads, too.
        seen = value;
    });
    other.join();
    CHECK(seen == 1);
}

#ifndef NDEBUG
TEST_CASE("locks: debug builds catch a lock that is not held, and one that is taken twice") {
    Mutex mutex;
    SharedMutex shared;
    CHECK_FALSE(aborts([&] {
        MutexLock lock(mutex);
        mutex.assert_held();
    }));
    CHECK(aborts([&] { mutex.assert_held(); }));
    CHECK(aborts([&] { mutex.unlock(); }));
    CHECK(aborts([&] {
        mutex.lock();
        mutex.lock();
    }));
    CHECK(aborts([&] {
        SharedLock lock(shared);
        shared.assert_held();
    }));
}
#endif
