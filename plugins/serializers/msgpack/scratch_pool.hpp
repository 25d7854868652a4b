// ScratchPool: scratch memory for the calls of one instance. Each thread has a seat where it looks first, so that
// threads rarely collide; a call that finds no scratch makes its own, and scratch for which there is no seat afterwards
// is freed. No locks. Thread-local memory would be simpler, but access to it is slow in a plugin, and it outlives the
// instance.
#pragma once

#include "scratch.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace aurelis::msgpack {

class ScratchPool {
public:
    // Scratch for the duration of one call.
    class Loan {
    public:
        explicit Loan(ScratchPool& pool) : pool_(pool), scratch_(pool.take()) {}
        ~Loan() { pool_.give(std::move(scratch_)); }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        Scratch& operator*() const noexcept { return *scratch_; }

    private:
        ScratchPool& pool_;
        std::unique_ptr<Scratch> scratch_;
    };

    ScratchPool() = default;
    ScratchPool(const ScratchPool&) = delete;
    ScratchPool& operator=(const ScratchPool&) = delete;
    ~ScratchPool() {
        for (Seat& seat : seats_) delete seat.idle.load();
    }

private:
    struct alignas(64) Seat {
        std::atomic<Scratch*> idle{nullptr};
    };

    // Threads differ in the addresses of their stacks.
    static size_t first_seat() noexcept {
        const char here = 0;
        return static_cast<size_t>((reinterpret_cast<uintptr_t>(&here) >> 16) * 0x9e3779b97f4a7c15u >> 60);
    }
    std::unique_ptr<Scratch> take() {
        const size_t first = first_seat();
        for (size_t i = 0; i < seats_.size(); ++i) {
            std::atomic<Scratch*>& idle = seats_[(first + i) % seats_.size()].idle;
            if (idle.load(std::memory_order_relaxed) == nullptr) continue;
            if (Scratch* const found = idle.exchange(nullptr, std::memory_order_acquire))
                return std::unique_ptr<Scratch>(found);
        }
        return std::make_unique<Scratch>();
    }
    void give(std::unique_ptr<Scratch> used) noexcept {
        const size_t first = first_seat();
        for (size_t i = 0; i < seats_.size() && used != nullptr; ++i) {
            Scratch* nobody = nullptr;
            std::atomic<Scratch*>& idle = seats_[(first + i) % seats_.size()].idle;
            if (idle.compare_exchange_strong(nobody, used.get(), std::memory_order_release, std::memory_order_relaxed))
                static_cast<void>(used.release());
        }
    }

    std::array<Seat, 16> seats_;
};

}  // namespace aurelis::msgpack
