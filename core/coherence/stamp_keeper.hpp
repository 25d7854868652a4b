// StampKeeper: keeps the stamps that hide older entries as entries in every persistent or shared layer, and learns from
// there what other processes and earlier ones have invalidated. A stamp in a layer is only ever raised.
//
//   \x01<namespace>:stamp        "aurelis-stamp 1 <stamp> <beyond> <checksum>": what was created before the stamp, or
//                                after `beyond`, is not believed (a clear)
//   \x01<namespace>:stamps:<xx>  the other stamps, divided into 256 buckets (validity/stamps.hpp), so that an
//                                invalidation writes one small entry however many there are
//
// They are ordinary entries for the backend, so a shared layer that reports changes reports these as well, and the
// other processes read them again. A layer's stamps are read before the layer is believed: when its backend has
// started, when it is available again after an outage, and when its events flow again. From a shared layer that does
// not report changes they are read every `trust` (1 s). A write that failed is tried again every second.
//
// An entry that is damaged may have held any stamp: everything stored so far is hidden then, and it is counted.
// Leaves to others: when to read (stack, follower), removing what is hidden from a layer (layer).
// Threads: any. No lock is held while a layer is called.
#pragma once

#include "base/locks.hpp"
#include "layer/layer.hpp"
#include "coherence/key_order.hpp"

#include <array>
#include <bitset>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

class StampKeeper {
public:
    // Where stamps are kept in a layer: the buckets, and after them the stamp of everything.
    static constexpr size_t kEverything = Stamps::kBuckets;
    using Places = std::bitset<Stamps::kBuckets + 1>;

    // owner: of the tasks; they end when its tasks are closed. is_untold(layer): others may change the layer without
    // this process being told. learned: called when others have hidden something.
    StampKeeper(Runtime& runtime, const void* owner, const KeySpace& keys, Stamps& stamps, KeyOrder& order,
                const Layers& layers, std::function<bool(size_t layer)> is_untold, std::function<void()> learned);

    // Which places the key is the name of: none or one.
    Places places_of(std::string_view key) const noexcept;

    // Takes a new stamp, which hides everything stored so far from this process.
    Older take();
    // A time that is later than that of everything stored so far, on all machines that share a layer.
    int64_t next();
    // They take effect in this process and are to be kept in the layers: then call sync_owed for each.
    void raise(const std::vector<Stamp>& stamps, const std::vector<Ban>& bans);
    // Brings the layer's stamps and ours to the later of the two. The backend may not be open to other calls yet.
    // AURELIS_OK, or why a stamp could not be read or raised.
    aurelis_status sync(size_t layer, StoreHandle& handle);
    aurelis_status sync(size_t layer, StoreHandle& handle, Places places);
    // The same for the places in which the layer may lack a stamp.
    aurelis_status sync_owed(size_t layer, StoreHandle& handle);
    // Begins to read the stamps of layers regularly that are not told of changes, and to write what is owed to them.
    void tend() AURELIS_EXCLUDES(mutex_);

    // How many entries of the layer hold stamps.
    size_t held(size_t layer) const AURELIS_EXCLUDES(mutex_);
    uint64_t damaged() const noexcept { return damaged_.load(std::memory_order_relaxed); }

private:
    aurelis_status sync(size_t layer, StoreHandle& handle, Places places, bool& wrote);
    bool keeps_stamps(size_t layer, const StoreHandle& handle) const noexcept;
    // True: it is newer than ours was.
    bool learn(Older older) AURELIS_EXCLUDES(mutex_);
    // Takes over what a layer holds in a place; true: some of it was not known.
    bool learn(size_t place, const Layer::OwnEntry& there, Places& changed);
    void owe(Places places, size_t except) AURELIS_EXCLUDES(mutex_);
    // Unless something has been raised in the place since.
    void settle(size_t layer, size_t place, uint64_t raised) AURELIS_EXCLUDES(mutex_);
    uint64_t raised(size_t place) const AURELIS_EXCLUDES(mutex_);
    void note_held(size_t layer, size_t place, bool held) AURELIS_EXCLUDES(mutex_);
    Older newest() const AURELIS_EXCLUDES(mutex_);
    std::string text_of(size_t place) const AURELIS_EXCLUDES(mutex_);
    // wrote: the layer lacked something.
    aurelis_status sync_place(size_t layer, StoreHandle& handle, size_t place, Layer::OwnEntry& there,
                              Places& changed, bool& wrote);
    // Of a layer of bare values that only this process sees: what others have hidden cannot be told there.
    void empty_bare(size_t layer);
    // Writes to the other layers what a layer has taught, and empties those that only this process sees after a clear.
    void spread(size_t learned_from, Places places);
    void remove_hidden(size_t layer, Older older);
    void work() AURELIS_EXCLUDES(mutex_);

    Runtime& runtime_;
    const void* const owner_;
    const std::string root_;
    std::vector<std::string> names_;  // By place.
    Stamps& stamps_;
    KeyOrder& order_;
    const Layers& layers_;
    const std::function<bool(size_t)> is_untold_;
    const std::function<void()> learned_;
    std::atomic<uint64_t> damaged_{0};
    mutable Mutex mutex_;
    Older newest_ AURELIS_GUARDED_BY(mutex_);
    std::array<Places, AURELIS_LAYERS_MAX> owed_ AURELIS_GUARDED_BY(mutex_);  // Where a layer may lack a stamp of ours.
    std::array<Places, AURELIS_LAYERS_MAX> held_ AURELIS_GUARDED_BY(mutex_);  // Where it has an entry.
    std::array<uint64_t, kEverything + 1> raised_ AURELIS_GUARDED_BY(mutex_){};  // How often, in each place.
    int64_t due_ AURELIS_GUARDED_BY(mutex_) = 0;  // When the next task runs (mono); 0: none is waiting.
};

}  // namespace aurelis::core
