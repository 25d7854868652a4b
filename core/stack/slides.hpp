// Slides: a use of an entry that ends when it is not used moves its end, in all layers and at most once per quarter of
// its idle time: at once where that cannot block, else behind the call.
// Leaves to others: which end, and how a layer moves it (layer, layer/sliding).
// Threads: any.
#pragma once

#include "coherence/key_order.hpp"
#include "plugin/host_services.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

namespace aurelis::core {

class Slides {
public:
    enum class Where : uint8_t { AtOnce, Behind };
    // Moves the ends of the key in those layers; called in its lane.
    using Slide = std::function<void(CallContext& context, const aurelis_key& key, Where where)>;

    // owner: of the tasks. any_behind: some layers may block.
    Slides(Runtime& runtime, const void* owner, KeyOrder& order, bool any_behind, Slide slide)
        : runtime_(runtime), owner_(owner), order_(order), any_behind_(any_behind), slide_(std::move(slide)) {}

    void used(CallContext& context, const aurelis_key& key, int64_t idle_ns);
    // Uses that were not noted in the layers behind, since too many were waiting.
    uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

private:
    struct Waiting;
    static constexpr size_t kSlots = 4096;
    static constexpr uint32_t kWaitingMax = 1024;
    // Not within the last quarter of its idle time, as far as that is known: another key may take its slot.
    bool is_due(uint64_t hash, int64_t idle_ns) noexcept;
    void forget(uint64_t hash) noexcept { slots_[hash % kSlots].store(0, std::memory_order_relaxed); }
    static void run(void* waiting, uint32_t cancelled) noexcept;

    Runtime& runtime_;
    const void* const owner_;
    KeyOrder& order_;
    const bool any_behind_;
    const Slide slide_;
    std::array<std::atomic<uint64_t>, kSlots> slots_{};  // The upper half of a hash, and when it slid last (ms, mono).
    std::atomic<uint32_t> waiting_{0};
    std::atomic<uint64_t> dropped_{0};
};

}  // namespace aurelis::core
