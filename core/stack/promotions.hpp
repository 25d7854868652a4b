// Promotions: entries on their way up into layers that may block, in the background of the calls that found them. Each
// is done in the lane of its key and under the lease of its look-up; if the lane is held, a write of the key is under
// way and there is nothing to promote. A limited number may wait; more are dropped and counted.
// Leaves to others: which layers (stack), writing into them (a function).
// Threads: any; the owner's tasks are closed before this ends.
#pragma once

#include "coherence/key_order.hpp"
#include "plugin/host_services.hpp"
#include "stack/lookup.hpp"

#include <atomic>
#include <functional>

namespace aurelis::core {

class Promotions {
public:
    // Writes a copy of what was found into these layers (bit i: layer i); called in the lane of the key.
    using Write = std::function<void(CallContext& context, const aurelis_key& key, const aurelis_entry& found,
                                     const Lookup& lookup, uint32_t layers)>;

    // owner: of the tasks.
    Promotions(Runtime& runtime, const void* owner, KeyOrder& order, Write write)
        : runtime_(runtime), owner_(owner), order_(order), write_(std::move(write)) {}

    // Takes over the look-up's lease. layers_known: how many of its versions are valid.
    void add(const aurelis_key& key, const aurelis_entry& found, Lookup& lookup, size_t layers_known, uint32_t layers);
    uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

private:
    struct Waiting;
    void carry_out(Waiting& one);
    static void run(void* waiting, uint32_t cancelled) noexcept;

    Runtime& runtime_;
    const void* const owner_;
    KeyOrder& order_;
    const Write write_;
    std::atomic<uint32_t> waiting_{0};
    std::atomic<uint64_t> dropped_{0};
};

}  // namespace aurelis::core
