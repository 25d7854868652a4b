// Reconciler: repairs one layer after it missed writes. It removes what was noted, each key in its lane, and never
// rewrites anything: a removal can only cost a miss. Keys whose lane is taken wait for the next round. It begins a
// little after the layer is available again, so that a server that was stopped has processed what was still in its
// sockets: an old write must not arrive after the removal.
// Threads: missed() and serves() from any; the work is done by tasks, one at a time per layer.
#pragma once

#include "coherence/key_order.hpp"
#include "layer/layer.hpp"

namespace aurelis::core {

class Reconciler {
public:
    // owner: of the tasks; they end when its tasks are closed.
    Reconciler(Runtime& runtime, const void* owner, KeyOrder& order, const Layers& layers, size_t layer)
        : runtime_(runtime), owner_(owner), order_(order), layers_(layers), layer_(layer) {}

    void missed() { wake(kAfterMissNs); }
    void serves() { wake(kAfterOutageNs); }

private:
    static constexpr int64_t kAfterMissNs = 100'000'000;
    static constexpr int64_t kAfterOutageNs = 50'000'000;
    static constexpr int64_t kAgainNs = 250'000'000;  // After a round in which nothing could be done.
    static constexpr size_t kBatch = 256;

    void wake(int64_t delay_ns);
    void work();
    void remove_prefixes(Layer& layer);
    void remove_keys(Layer& layer);
    static void run(void* self, uint32_t cancelled) noexcept;

    Runtime& runtime_;
    const void* const owner_;
    KeyOrder& order_;
    const Layers& layers_;
    const size_t layer_;
    std::atomic<bool> scheduled_{false};
};

}  // namespace aurelis::core
