// SpinLock: for critical sections of some ten nanoseconds. Spins, then yields the processor, so that a holder that lost
// its time slice can go on; never sleeps in the kernel, so waking costs nothing.
#pragma once

#include <atomic>
#include <thread>

namespace aurelis::memory {

class SpinLock {
public:
    void lock() noexcept {
        while (taken_.exchange(true, std::memory_order_acquire)) wait();
    }
    void unlock() noexcept { taken_.store(false, std::memory_order_release); }

private:
    static constexpr int kSpinsMax = 100;

    void wait() const noexcept {
        for (int spins = 0; taken_.load(std::memory_order_relaxed); ++spins) {
            if (spins < kSpinsMax)
                pause();
            else
                std::this_thread::yield();
        }
    }
    static void pause() noexcept {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    std::atomic<bool> taken_{false};
};

}  // namespace aurelis::memory
