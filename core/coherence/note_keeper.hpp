// NoteKeeper: keeps the notes of missed writes in a persistent layer, under reserved keys, so that they survive the
// process: a process that opens the cache after a crash during an outage does not read an old value either. A note is
// stored before the write that it is about returns. Layers behind a network are not used: they are likely to be
// unavailable when notes are needed, and expensive to list. Without another persistent layer that works there is
// nowhere to keep notes. A note's meaning is in its key: it has no value and never expires, and nothing that hides
// entries (a clear, a gap in the events, the layer's ttl) affects it.
//
//   \x01<namespace>:<version>:missed-any:<layer>             the marker: there are notes; without it nothing is listed
//   \x01<namespace>:<version>:missed:<layer>\x01<key>
//   \x01<namespace>:<version>:missed-all:<layer>\x01<prefix>  all entries with the prefix that were created before now
//
// Threads: keep and forget in the lane of the key that they are about (keep also in a get that has met a doubtful
// entry); recall while the stack opens, and for a layer that starts later, in the task that starts it.
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

    // True: the note is stored where it outlives the process.
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
    std::array<std::atomic<bool>, AURELIS_LAYERS_MAX> marked_{};    // The marker about the layer has been written.
    std::array<std::atomic<bool>, AURELIS_LAYERS_MAX> recalled_{};  // The notes in the layer have been recalled.
};

}  // namespace aurelis::core
