// StampKeeper: keeps the stamp that hides everything older (a clear) as an entry in every persistent or shared layer,
// and learns from there what other processes and earlier ones have invalidated. A stamp in a layer is only ever raised.
//
//   \x01<namespace>:stamp    "aurelis-stamp 1 <stamp> <beyond> <checksum>": what was created before the stamp, or
//                            after `beyond`, is not believed
//
// It is an ordinary entry for the backend, so a shared layer that reports changes reports this one as well, and the
// other processes read it again. A layer's stamp is read before the layer is believed: when its backend has started,
// when it is available again after an outage, and when its events flow again.
// Leaves to others: when to read (stack, follower), removing what is hidden from a layer (layer).
// Threads: any. No lock is held while a layer is called.
#pragma once

#include "base/locks.hpp"
#include "layer/layer.hpp"
#include "coherence/key_order.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

class StampKeeper {
public:
    StampKeeper(Runtime& runtime, const KeySpace& keys, Stamps& stamps, KeyOrder& order, const Layers& layers)
        : runtime_(runtime), name_(keys.stamp()), root_(keys.root), stamps_(stamps), order_(order), layers_(layers) {}

    bool is_stamp(std::string_view key) const noexcept { return key == name_; }

    // Takes a new stamp, which hides everything stored so far from this process.
    Older take();
    // Brings the layer's stamp and ours to the newer of the two. The backend may not be open to other calls yet.
    // AURELIS_OK, or why the layer's stamp could not be read or raised.
    aurelis_status sync(size_t layer, StoreHandle& handle);

private:
    bool keeps_stamp(size_t layer, const StoreHandle& handle) const noexcept;
    // True: it is newer than ours was.
    bool learn(Older older) AURELIS_EXCLUDES(mutex_);
    Older newest() const AURELIS_EXCLUDES(mutex_);
    void remove_hidden(size_t layer, Older older);

    Runtime& runtime_;
    const std::string name_;
    const std::string root_;
    Stamps& stamps_;
    KeyOrder& order_;
    const Layers& layers_;
    mutable Mutex mutex_;
    Older newest_ AURELIS_GUARDED_BY(mutex_);
};

}  // namespace aurelis::core
