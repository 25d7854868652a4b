// NoteKeeper: keeps the notes of missed writes in a persistent layer, under reserved keys, so that they survive
// the process: who opens the cache after a crash in an outage does not read an old value either. A note lies there
// before the write that it is about returns. Layers behind a network are away when notes are
// needed, and expensive to list; without another persistent layer that works there is nowhere to keep them.
// A note says what it says by being there: it has no value and no end, and nothing that makes entries unbelievable
// (a clear, a gap in the events, the layer's ttl) reaches it.
//
//   \x01<namespace>:<version>:missed-any:<layer>             there are notes: spares the listing when there are none
//   \x01<namespace>:<version>:missed:<layer>\x01<key>
//   \x01<namespace>:<version>:missed-all:<layer>\x01<prefix>  everything that begins so and was created before now
//
// Threads: keep and forget in the lane of the key that they are about (keep also in a get that has met a doubtful
// entry); recall while the stack opens, and for a layer that starts later in its task.
#pragma once

#include "keys/key_space.hpp"
#include "layer/layer.hpp"

#include <array>
#include <atomic>
#include <string>
#include <string_view>

namespace aurelis::core {

class NoteKeeper {
public:
    NoteKeeper(Runtime& runtime, const KeySpace& keys, const Layers& layers)
        : runtime_(runtime), keys_(keys), layers_(layers) {}

    // True: the note lies where it outlives the process.
    bool keep(size_t layer, std::string_view key);
    void forget(size_t layer, std::string_view key);
    // The notes about that layer are kept, so that the next process to open the cache knows of them.
    bool keeps_about(size_t layer) const noexcept { return marked_[layer].load(std::memory_order_relaxed); }
    bool keep_prefix(size_t layer, std::string_view prefix);
    void forget_prefix(size_t layer, std::string_view prefix);
    // Puts the notes that earlier processes left in that layer back onto the layers that they are about; once. True if
    // it looked.
    bool recall(size_t place);

private:
    std::string start_of(std::string_view what, size_t layer) const;
    bool can_keep(size_t place, size_t layer) const;
    // The lowest layer that can keep notes about that one; NULL: none.
    Layer* place_for(size_t layer) const;
    std::string marker(size_t layer) const;
    void forget_marker(size_t layer);
    bool write(size_t layer, const std::string& name);
    void erase(size_t layer, const std::string& name);
    void recall_from(Layer& place, size_t layer);

    Runtime& runtime_;
    const KeySpace& keys_;
    const Layers& layers_;
    std::array<std::atomic<bool>, AURELIS_LAYERS_MAX> marked_{};    // The marker of the layer has been written.
    std::array<std::atomic<bool>, AURELIS_LAYERS_MAX> recalled_{};  // What lay in the layer has been.
};

}  // namespace aurelis::core
