#include "coherence/stamp_keeper.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <charconv>

namespace aurelis::core {
namespace {

constexpr std::string_view kMagic = "aurelis-stamp 1 ";
constexpr int64_t kClockTicksNs = 10'000'000;  // A few ticks of the coarse clock.
constexpr int kTries = 8;                      // To raise a stamp that others raise at the same time.
constexpr int64_t kAgainNs = 1'000'000'000;

std::string line_of(Older older) {
    std::string text(kMagic);
    text += std::to_string(older.stamp) + ' ' + std::to_string(older.beyond) + ' ';
    Checksum checksum;
    checksum.add(text.data(), text.size());
    return text + std::to_string(checksum.value());
}

// Stamp 0: the text cannot be read.
Older stamp_in(std::string_view text) {
    if (!text.starts_with(kMagic)) return {};
    Older older;
    const char* const end = text.data() + text.size();
    const auto stamp = std::from_chars(text.data() + kMagic.size(), end, older.stamp);
    if (stamp.ec != std::errc{} || stamp.ptr == end) return {};
    const auto beyond = std::from_chars(stamp.ptr + 1, end, older.beyond);
    return beyond.ec == std::errc{} && text == line_of(older) ? older : Older{};
}

aurelis_key key_of(const std::string& name) noexcept {
    return {name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr};
}

}  // namespace

StampKeeper::StampKeeper(Runtime& runtime, const void* owner, const KeySpace& keys, Stamps& stamps, KeyOrder& order,
                         const Layers& layers, std::function<bool(size_t layer)> is_untold,
                         std::function<void()> learned)
    : runtime_(runtime),
      owner_(owner),
      root_(keys.root),
      stamps_(stamps),
      order_(order),
      layers_(layers),
      is_untold_(std::move(is_untold)),
      learned_(std::move(learned)) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (size_t bucket = 0; bucket < Stamps::kBuckets; ++bucket)
        names_.push_back(keys.stamps() + kDigits[bucket >> 4] + kDigits[bucket & 15]);
    names_.push_back(keys.stamp());
}

StampKeeper::Places StampKeeper::places_of(std::string_view key) const noexcept {
    Places places;
    if (key == names_[kEverything]) return places.set(kEverything);
    const std::string_view first = names_.front();
    if (key.size() != first.size() || !key.starts_with(first.substr(0, first.size() - 2))) return places;
    unsigned bucket = 0;
    const auto read = std::from_chars(key.data() + key.size() - 2, key.data() + key.size(), bucket, 16);
    if (read.ptr == key.data() + key.size()) places.set(bucket);
    return places;
}

Older StampKeeper::newest() const {
    MutexLock lock(mutex_);
    return newest_;
}

std::string StampKeeper::text_of(size_t place) const {
    if (place != kEverything) return stamps_.text_of_bucket(place);
    const Older older = newest();
    return older.stamp == 0 ? std::string() : line_of(older);
}

bool StampKeeper::learn(Older older) {
    {
        MutexLock lock(mutex_);
        if (older.stamp <= newest_.stamp) return false;
        newest_ = older;
    }
    runtime_.clock.learn(older.stamp);
    stamps_.raise_everything(older.stamp);
    order_.revoke_all_leases();
    return true;
}

bool StampKeeper::learn(size_t place, const Layer::OwnEntry& there, Places& changed) {
    if (there.status != AURELIS_OK) return false;
    const std::string_view text = there.value;
    if (place == kEverything) {
        const Older older = stamp_in(text);
        if (older.stamp != 0 && learn(older)) return changed.set(place), true;
        if (older.stamp != 0) return false;
    } else {
        Stamps::Buckets buckets;
        int64_t newest = 0;
        if (stamps_.merge(text, newest, buckets)) {
            runtime_.clock.learn(newest);
            for (size_t i = 0; i < buckets.size(); ++i)
                if (buckets[i]) changed.set(i);
            return buckets.any();
        }
    }
    // It may have held any stamp.
    damaged_.fetch_add(1, std::memory_order_relaxed);
    take();
    changed.set(kEverything);
    return true;
}

int64_t StampKeeper::next() {
    // Other machines' clocks may be ahead. Other processes on this machine have the same clock.
    int64_t margin = 0;
    for (const auto& layer : layers_) {
        if (!layer->is_shared()) continue;
        margin = std::max(margin, (layer->caps() & AURELIS_CAP_REMOTE) != 0 ? kClockSkewNs : kClockTicksNs);
    }
    return runtime_.clock.next_stamp(margin);
}

Older StampKeeper::take() {
    Older older{next(), 0};
    older.beyond = std::max(saturating_add(runtime_.clock.wall(), kClockSkewNs), older.stamp);
    learn(older);
    owe(Places().set(kEverything), layers_.size());
    return older;
}

void StampKeeper::raise(const std::vector<Stamp>& stamps, const std::vector<Ban>& bans) {
    Stamps::Buckets buckets;
    for (const Stamp& stamp : stamps) buckets |= stamps_.raise(stamp);
    for (const Ban& ban : bans) buckets |= stamps_.raise(ban);
    Places places;
    for (size_t i = 0; i < buckets.size(); ++i)
        if (buckets[i]) places.set(i);
    owe(places, layers_.size());
}

void StampKeeper::owe(Places places, size_t except) {
    MutexLock lock(mutex_);
    for (size_t place = 0; place < places.size(); ++place) raised_[place] += places[place] ? 1 : 0;
    for (size_t i = 0; i < layers_.size(); ++i)
        if (i != except) owed_[i] |= places;
}

void StampKeeper::settle(size_t layer, size_t place, uint64_t raised) {
    MutexLock lock(mutex_);
    if (raised_[place] == raised) owed_[layer].reset(place);
}

void StampKeeper::note_held(size_t layer, size_t place, bool held) {
    MutexLock lock(mutex_);
    held_[layer].set(place, held);
}

size_t StampKeeper::held(size_t layer) const {
    MutexLock lock(mutex_);
    return held_[layer].count();
}

uint64_t StampKeeper::raised(size_t place) const {
    MutexLock lock(mutex_);
    return raised_[place];
}

bool StampKeeper::keeps_stamps(size_t layer, const StoreHandle& handle) const noexcept {
    return (handle.caps() & AURELIS_CAP_PERSISTENT) != 0 || layers_[layer]->is_shared();
}

aurelis_status StampKeeper::sync(size_t layer, StoreHandle& handle) {
    bool wrote = false;
    const aurelis_status status = sync(layer, handle, Places().set(), wrote);
    const bool failed = status < 0 || status == AURELIS_CONFLICT;
    if (failed) {
        MutexLock lock(mutex_);
        owed_[layer].set();
    }
    if (wrote || failed) empty_bare(layer);
    return status;
}

aurelis_status StampKeeper::sync(size_t layer, StoreHandle& handle, Places places) {
    bool wrote = false;
    const aurelis_status status = sync(layer, handle, places, wrote);
    if (status >= 0 && status != AURELIS_CONFLICT) return status;
    {
        MutexLock lock(mutex_);
        owed_[layer] |= places;  // They are read again as well.
    }
    tend();
    return status;
}

aurelis_status StampKeeper::sync(size_t layer, StoreHandle& handle, Places places, bool& wrote) {
    if (!keeps_stamps(layer, handle)) {
        MutexLock lock(mutex_);
        owed_[layer].reset();
        return AURELIS_OK;
    }
    std::vector<size_t> which;
    std::vector<aurelis_key> keys;
    for (size_t place = 0; place < places.size(); ++place) {
        if (!places[place]) continue;
        which.push_back(place);
        keys.push_back(key_of(names_[place]));
    }
    if (which.empty()) return AURELIS_OK;
    CallContext context;
    context.call.now_wall = runtime_.clock.wall();
    std::vector<Layer::OwnEntry> there(keys.size());
    const aurelis_status read =
        layers_[layer]->multi_read_own(context, handle, keys.data(), keys.size(), there.data());
    if (read < 0) return read;
    aurelis_status result = AURELIS_OK;
    Places changed;
    const uint64_t widened = stamps_.widened();
    for (size_t i = 0; i < which.size(); ++i) {
        const aurelis_status status = sync_place(layer, handle, which[i], there[i], changed, wrote);
        if (status < 0 || status == AURELIS_CONFLICT) result = status;
    }
    if (changed.any()) spread(layer, changed);
    // The wider stamps may be in places that have been passed already.
    if (stamps_.widened() != widened) owe(changed, layers_.size());
    return result;
}

aurelis_status StampKeeper::sync_owed(size_t layer, StoreHandle& handle) {
    Places places;
    {
        MutexLock lock(mutex_);
        places = owed_[layer];
    }
    return sync(layer, handle, places);
}

aurelis_status StampKeeper::sync_place(size_t layer, StoreHandle& handle, size_t place, Layer::OwnEntry& there,
                                       Places& changed, bool& wrote) {
    const bool compares = (handle.caps() & AURELIS_CAP_CAS) != 0;
    const aurelis_key key = key_of(names_[place]);
    CallContext context;
    context.call.now_wall = runtime_.clock.wall();
    for (int attempt = 0; attempt < kTries; ++attempt) {
        if (attempt != 0) {
            there = Layer::OwnEntry{};
            const aurelis_status read = layers_[layer]->multi_read_own(context, handle, &key, 1, &there);
            if (read < 0) return read;
        }
        if (there.status < 0) return there.status;
        learn(place, there, changed);
        const uint64_t known = raised(place);  // Before the text is made, which has all of that.
        const std::string ours = text_of(place);
        const bool none = place == kEverything ? ours.empty() : ours == Stamps::text_of_none();
        const bool differs = there.status == AURELIS_NOT_FOUND ? !none : ours != there.value;
        if (differs) {
            aurelis_write write{};
            write.value = borrowed(ours);
            write.meta.created_wall = stamps_.newest();
            if (compares) {
                write.flags = AURELIS_SET_IF_VERSION;
                write.if_version = there.version;
            }
            const aurelis_status written = layers_[layer]->write_own(context, handle, key, write);
            if (written == AURELIS_CONFLICT) continue;
            if (written < 0) return written;
            wrote = true;
        }
        note_held(layer, place, differs || there.status != AURELIS_NOT_FOUND);
        settle(layer, place, known);
        // What has been raised meanwhile is still owed.
        if (text_of(place) != ours) continue;
        return AURELIS_OK;
    }
    return AURELIS_CONFLICT;
}

void StampKeeper::spread(size_t learned_from, Places places) {
    owe(places, learned_from);
    learned_();
    const bool cleared = places[kEverything];
    for (size_t i = 0; i < layers_.size(); ++i) {
        StoreHandle* const other = layers_[i]->gate().passable();
        if (i == learned_from || other == nullptr) continue;
        sync_owed(i, *other);
        // Emptying the shared layers is up to the process that cleared.
        if (cleared)
            remove_hidden(i, newest());
        else
            empty_bare(i);
    }
    tend();
}

void StampKeeper::empty_bare(size_t layer) {
    if (layers_[layer]->spec().bare && !layers_[layer]->is_shared()) remove_hidden(layer, {stamps_.newest(), 0});
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

void StampKeeper::tend() {
    int64_t delay = INT64_MAX;
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!is_untold_(i)) continue;
        const int64_t trust = layers_[i]->spec().resilience.trust_ns;
        delay = std::min(delay, trust == 0 ? kAgainNs : trust);
    }
    MutexLock lock(mutex_);
    for (size_t i = 0; i < layers_.size(); ++i)
        if (owed_[i].any() && layers_[i]->gate().passable() != nullptr) delay = std::min(delay, kAgainNs);
    if (delay == INT64_MAX) return;
    // A task that waits for longer is not cancelled; it finds less to do.
    const int64_t due = saturating_add(runtime_.clock.mono(), delay);
    if (due_ != 0 && due_ <= due) return;
    const auto run = [](void* self, uint32_t cancelled) noexcept {
        if (cancelled == 0) static_cast<StampKeeper*>(self)->work();
    };
    if (runtime_.tasks.submit(owner_, run, this, delay, nullptr) == AURELIS_OK) due_ = due;
}

void StampKeeper::work() {
    {
        MutexLock lock(mutex_);
        if (due_ <= runtime_.clock.mono()) due_ = 0;  // Else a later task is waiting, which goes on.
    }
    for (size_t i = 0; i < layers_.size(); ++i) {
        StoreHandle* const handle = layers_[i]->gate().passable();
        if (handle == nullptr) continue;  // They are read when it serves again.
        if (is_untold_(i))
            sync(i, *handle);
        else
            sync_owed(i, *handle);
    }
    tend();
}

}  // namespace aurelis::core
