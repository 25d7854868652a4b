#include "coherence/stamp_keeper.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <charconv>

namespace aurelis::core {
namespace {

constexpr std::string_view kMagic = "aurelis-stamp 1 ";
constexpr int64_t kClockTicksNs = 10'000'000;  // A few ticks of the coarse clock.
constexpr int kTries = 8;  // To raise a stamp that others raise at the same time.

std::string text_of(Older older) {
    std::string text(kMagic);
    text += std::to_string(older.stamp) + ' ' + std::to_string(older.beyond) + ' ';
    Checksum checksum;
    checksum.add(text.data(), text.size());
    return text + std::to_string(checksum.value());
}

// A stamp that cannot be parsed counts as none: the next stamp overwrites it.
Older stamp_in(std::string_view text) {
    if (!text.starts_with(kMagic)) return {};
    Older older;
    const char* const end = text.data() + text.size();
    const auto stamp = std::from_chars(text.data() + kMagic.size(), end, older.stamp);
    if (stamp.ec != std::errc{} || stamp.ptr == end) return {};
    const auto beyond = std::from_chars(stamp.ptr + 1, end, older.beyond);
    return beyond.ec == std::errc{} && text == text_of(older) ? older : Older{};
}

}  // namespace

Older StampKeeper::newest() const {
    MutexLock lock(mutex_);
    return newest_;
}

bool StampKeeper::learn(Older older) {
    {
        MutexLock lock(mutex_);
        if (older.stamp <= newest_.stamp) return false;
        newest_ = older;
    }
    runtime_.clock.learn(older.stamp);
    int64_t before = stamps_.everything.load(std::memory_order_acquire);
    while (before < older.stamp &&
           !stamps_.everything.compare_exchange_weak(before, older.stamp, std::memory_order_acq_rel)) {
    }
    order_.revoke_all_leases();
    return true;
}

Older StampKeeper::take() {
    // Other machines' clocks may be ahead. Other processes on this machine have the same clock, but one that has taken
    // a stamp of its own in the same tick is some nanoseconds ahead of it.
    int64_t margin = 0;
    for (const auto& layer : layers_) {
        if (!layer->is_shared()) continue;
        margin = std::max(margin, (layer->caps() & AURELIS_CAP_REMOTE) != 0 ? kClockSkewNs : kClockTicksNs);
    }
    Older older{runtime_.clock.next_stamp(margin), 0};
    older.beyond = std::max(saturating_add(runtime_.clock.wall(), kClockSkewNs), older.stamp);
    learn(older);
    return older;
}

bool StampKeeper::keeps_stamp(size_t layer, const StoreHandle& handle) const noexcept {
    return (handle.caps() & AURELIS_CAP_PERSISTENT) != 0 || layers_[layer]->is_shared();
}

aurelis_status StampKeeper::sync(size_t layer, StoreHandle& handle) {
    if (!keeps_stamp(layer, handle)) return AURELIS_OK;
    const bool compares = (handle.caps() & AURELIS_CAP_CAS) != 0;
    const aurelis_key key{name_.data(), name_.size(), hash_bytes(name_.data(), name_.size()), nullptr};
    for (int attempt = 0; attempt < kTries; ++attempt) {
        CallContext context;
        context.call.now_wall = runtime_.clock.wall();
        std::string text;
        uint64_t version = 0;
        const aurelis_status read = layers_[layer]->read_own(context, handle, key, text, version);
        if (read < 0) return read;
        const Older there = stamp_in(text), ours = newest();
        if (there.stamp == ours.stamp) return AURELIS_OK;
        if (learn(there)) {
            // Emptying the shared layers is up to the process that cleared; copies that only this process sees are
            // removed here.
            for (size_t i = 0; i < layers_.size(); ++i) {
                StoreHandle* const other = layers_[i]->gate().passable();
                if (i == layer || other == nullptr) continue;
                sync(i, *other);
                remove_hidden(i, there);
            }
            return AURELIS_OK;
        }
        aurelis_write write{};
        const std::string wanted = text_of(ours);
        write.value = borrowed(wanted);
        write.meta.created_wall = ours.stamp;
        if (compares) {
            write.flags = AURELIS_SET_IF_VERSION;
            write.if_version = version;
        }
        const aurelis_status written = layers_[layer]->write_own(context, handle, key, write);
        if (written != AURELIS_CONFLICT) return written < 0 ? written : aurelis_status{AURELIS_OK};
    }
    return AURELIS_CONFLICT;
}

// The entries are hidden anyway; this frees their space, and also removes what was created by a clock that ran ahead.
// What others share is left to the process that cleared it, unless the store itself can tell old entries from new ones.
void StampKeeper::remove_hidden(size_t layer, Older older) {
    if (layers_[layer]->is_shared() && (layers_[layer]->caps() & AURELIS_CAP_META) == 0) return;
    CallContext context;
    context.call.flags = AURELIS_CALL_CACHES_ONLY | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = runtime_.clock.wall();
    uint64_t removed = 0;
    layers_[layer]->remove_older(context, root_, older, removed);
}

}  // namespace aurelis::core
