// Layer: one configured level. Turns what a backend holds into entries that can be believed, and entries into what it
// holds: limits lives and sizes, seals and opens envelopes, counts. A backend that cannot start, fails or is down never
// makes the cache fail: the gate passes it over, and the layer remembers which writes it missed, so that it never
// returns an old value. Owner: the stack.
// Threads: any for all functions but open and close; no lock is held during a call to the backend.
#pragma once

#include "config/config.hpp"
#include "layer/envelope.hpp"
#include "keys/key_space.hpp"
#include "layer/port.hpp"
#include "layer/stored_key.hpp"
#include "validity/beliefs.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace aurelis::core {

struct LayerSpec {
    std::string name;
    std::string backend;
    std::string place;  // "cache.yaml:12", for messages.
    int64_t priority = 0;
    std::optional<Ttl> ttl;
    uint64_t max_value_bytes = 0;
    bool bare = false;   // Bare values without a frame; other programs read and write them, too.
    bool shared = true;  // Whether other processes may write a backend that can be shared.
    FoundComponent component;
    Node options;  // Checked.
    ResilienceConfig resilience;
    std::vector<Stage> stages;
    const SerializerShelf* shelf = nullptr;  // Outlives the layer.
};

// What a layer holds for one key, for explain.
struct LayerView {
    Holding holding = Holding::Absent;
    std::string reason;
    aurelis_meta meta{};
    std::string attrs;
    uint64_t bytes_raw = 0;
    uint64_t bytes_stored = 0;
    std::string stored_as;  // The name of the key in the store, if it is not the key itself.
    uint64_t digest = 0;    // Of the value as callers get it.
    std::vector<FrameStage> stages;
    bool stale = false;
};

// What a layer holds under a key, judged without undoing its serializers. Borrowed.
struct HeldEntry {
    aurelis_key key{};
    aurelis_meta meta{};
    aurelis_bytes attrs{};
    uint64_t bytes = 0;          // Of the value as callers get it.
    std::string_view formats{};  // As in Evidence.
    Verdict verdict = Verdict::Fresh;
};

// What a layer reports to the stack, from any thread, with no lock held.
struct LayerEvents {
    // A write did not get through and was noted; true if the note outlives the process.
    std::function<bool(std::string_view key)> missed;
    std::function<void(std::string_view key)> settled;  // The note is settled.
    std::function<bool(std::string_view prefix)> missed_prefix;
    std::function<void(std::string_view prefix)> settled_prefix;
    std::function<bool(StoreHandle&)> returns;  // The backend is about to be used, at first or again (see Gate).
    std::function<void(StoreHandle&)> started;  // It has started.
    std::function<void()> serves;               // It is back.
#ifndef NDEBUG
    // Whether this thread is in the lane of the key. Empty: there are no lanes.
    std::function<bool(uint64_t hash)> in_lane;
#endif
};

class Layer {
public:
    Layer(Runtime& runtime, LayerSpec spec, const KeySpace& keys, const Stamps& stamps, bool highest,
          LayerEvents events);

    void open() { port_.open(); }
    void close() { port_.close(); }

    const LayerSpec& spec() const noexcept { return spec_; }
    const Gate& gate() const noexcept { return port_.gate(); }
    // The running backend; NULL until it has started.
    StoreHandle* backend() const noexcept { return gate().backend(); }
    uint64_t caps() const noexcept {
        const StoreHandle* handle = backend();
        return handle != nullptr ? handle->caps() : spec_.component.component->caps;
    }
    bool blocks() const noexcept { return (caps() & AURELIS_CAP_NO_BLOCK) == 0; }
    bool is_shared() const noexcept { return spec_.shared && (caps() & AURELIS_CAP_SHARED) != 0; }
    bool is_persistent() const noexcept { return (caps() & AURELIS_CAP_PERSISTENT) != 0; }
    bool framed() const noexcept {
        constexpr uint64_t kRaw = AURELIS_CAP_META;
        if (spec_.bare) return false;
        return (caps() & (AURELIS_CAP_PERSISTENT | AURELIS_CAP_SHARED)) != 0 || (caps() & kRaw) == 0 ||
               !envelope_.stages().empty();
    }

    // OK: *out is alive, fresh or stale (see its meta); the caller owns the value. NOT_FOUND: out->meta.version is the
    // version that the layer keeps for the absent key. Below 0: already counted; the layer was not asked, or failed.
    aurelis_status get(CallContext& context, const aurelis_key& key, aurelis_entry& out, bool& stale);
    // out[i].status is what get would return, or AURELIS_STALE for a stale entry.
    void multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out);

    // All writes of a key are called in its lane; debug builds check it. A write that does not get through is noted as
    // missed. The value and times are those of the cache; the layer limits the life and seals the envelope.
    aurelis_status set(CallContext& context, const aurelis_key& key, const aurelis_write& write);
    aurelis_status remove(CallContext& context, const aurelis_key& key);
    // If each[i] is below 0, context.error_of(i, context.error) says why.
    void multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                     aurelis_status* each);
    // n copies of what other layers or an origin hold; each[i] is what set with SET_FILL, which all of them have, would
    // answer. No texts for items are left.
    void multi_fill(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                    aurelis_status* each);
    // Drops the entries with this prefix that `older` hides. removed UINT64_MAX: the number is unknown.
    aurelis_status remove_older(CallContext& context, std::string_view prefix, Older older, uint64_t& removed);
    // Drops the entries with this prefix that were created later than any correct clock can have shown.
    aurelis_status remove_from_future(CallContext& context, std::string_view prefix);
    // An entry that ends when it is not used has been used: moves its end. Called in its lane, like a write.
    void slide(CallContext& context, const aurelis_key& key);
    // Whether entries can end here when they are not used.
    bool can_slide() const noexcept { return !spec_.bare && (caps() & AURELIS_CAP_EXPIRY) != 0; }
    // Drops a copy that is out of date, without notifying anyone. version: that of the entry to drop; 0: any.
    void drop(CallContext& context, const aurelis_key& key, uint64_t version);
    // Removes the bytes of an entry that an invalidation hides, if they have that version still. True: they are gone.
    bool drop_hidden(CallContext& context, const aurelis_key& key, uint64_t version);

    bool disbelieve_before(int64_t stamp) noexcept { return beliefs_.disbelieve_before(stamp); }
    // Notes of the cache itself, kept in this layer: entries whose presence is the information, without value, frame or
    // end of life. Whatever goes wrong is reported as the layer's failure.
    aurelis_status leave_note(CallContext& context, const aurelis_key& name);
    bool has_note(CallContext& context, const aurelis_key& name);
    // Entries of the cache itself with a value, without a frame, and not judged. They may be used before the backend
    // serves others.
    aurelis_status read_own(CallContext& context, StoreHandle& handle, const aurelis_key& name, std::string& value,
                            uint64_t& version);
    struct OwnEntry {
        aurelis_status status = AURELIS_NOT_FOUND;
        uint64_t version = 0;
        std::string value;
    };
    static constexpr size_t kOwnBytesMax = size_t{64} << 20;
    // The same for n names. Below 0: for all of them.
    aurelis_status multi_read_own(CallContext& context, StoreHandle& handle, const aurelis_key* names, size_t n,
                                  OwnEntry* out);
    aurelis_status write_own(CallContext& context, StoreHandle& handle, const aurelis_key& name,
                             const aurelis_write& write);
    // From now on copies here live at most this long; 0: no extra limit.
    void limit_life(int64_t ns) noexcept { life_max_ns_.store(ns, std::memory_order_release); }
    int64_t life_limit() const noexcept { return life_max_ns_.load(std::memory_order_acquire); }

    // Notes what an earlier process missed here.
    void recall_missed(std::string_view key);
    void recall_missed_prefix(std::string_view prefix);
    MissedWrites& missed() noexcept { return beliefs_.missed(); }
    const MissedWrites& missed() const noexcept { return beliefs_.missed(); }
    // Shows the keys with this prefix, in no particular order and perhaps repeatedly, until show returns false.
    aurelis_status list(CallContext& context, std::string_view prefix,
                        const std::function<bool(std::string_view key)>& show);
    // One page of this list (see Port); E_UNSUPPORTED if the backend cannot list.
    aurelis_status list_page(CallContext& context, std::string_view prefix, std::string_view after, uint64_t page_hint,
                             std::vector<std::string>& keys, std::string& next);
    // Keeps those of the keys of a page that a get would find, fresh or stale. Below 0: the layer could not be asked.
    aurelis_status keep_found(CallContext& context, std::vector<std::string>& keys);
    // Visits what the layer holds under one page of this list; entries that cannot be read are left out.
    aurelis_status walk_page(CallContext& context, std::string_view prefix, std::string_view after, uint64_t page_hint,
                             const std::function<void(const HeldEntry&)>& visit, std::string& next);
    // What the backend reports about itself; nothing while it is down.
    aurelis_status size(CallContext& context, aurelis_size& out);
    aurelis_status stats(CallContext& context, aurelis_stat_fn tell, void* user);
    aurelis_status flush(CallContext& context);

    LayerView look(CallContext& context, const aurelis_key& key);
    void count(LayerCounter counter, uint64_t amount = 1) noexcept { counters_.add(counter, amount); }
    uint64_t counted(LayerCounter counter) const noexcept { return counters_.sum(counter); }
    Snapshot snapshot() const {
        return snapshot_of(kLayerCounterRows, [&](size_t i) { return counters_.sum(i); });
    }
    const Stages& stages() const noexcept { return envelope_.stages(); }
    const Histogram& read_times() const noexcept { return port_.read_times(); }
    // The text of the last failure; empty if there was none.
    std::string last_error() const { return gate().last_error(); }
    aurelis_status failed(CallContext& context, aurelis_status status, const char* what) {
        return port_.failed(context, status, what);
    }

private:
    class OwnError;
    struct Prepared {  // What is passed to the backend for one write.
        aurelis_write write;
        Pinned frame;
        std::string attrs;          // Only for a key under a digest,
        std::string sliding_attrs;  // and for an entry that slides in a layer without frames.
    };

    StoredKey stored(StoreHandle& handle, const aurelis_key& key) const {
        return StoredKey(handle, keys_, spec_.bare, key);
    }
    StoredKeys stored(StoreHandle& handle, const aurelis_key* keys, size_t n) const {
        return StoredKeys(handle, keys_, spec_.bare, keys, n);
    }
    // name: what it was stored under, the key itself or a digest of it.
    Verdict examine(CallContext& context, const aurelis_key& key, const aurelis_key& name, aurelis_entry& out,
                    std::string& why);
    aurelis_status accept(CallContext& context, const aurelis_key& key, const aurelis_key& name, aurelis_entry& out,
                          bool& stale);
    // For a key that is longer than the store takes. Not inlined, so that it costs the others nothing.
    [[gnu::noinline]] aurelis_status get_longer(StoreHandle& handle, CallContext& context, const aurelis_key& key,
                                                aurelis_entry& out, bool& stale);
    aurelis_status turn_down(CallContext& context, const aurelis_key& key, Verdict verdict, const std::string& why,
                             aurelis_entry& out);
    // The end in this layer, which a use cannot pass either.
    int64_t end_here(int64_t end, int64_t from) const noexcept;
    aurelis_status prepare(CallContext& context, StoreHandle& handle, const StoredKey& stored,
                           const aurelis_write& write, Prepared& out);
    std::string key_of_name(StoreHandle& handle, CallContext& context, std::string name);
    aurelis_status written(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                           aurelis_status status);
    aurelis_status batch_item_written(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                                      bool removal, aurelis_status own, aurelis_status said);
    void multi_get_from(StoreHandle& handle, CallContext& context, const aurelis_key* keys, size_t n,
                        aurelis_entry* out);
    void multi_get_but_missed(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out);
    void remark_on_future(int64_t ahead_ns);
    aurelis_status not_read(CallContext& context);
    aurelis_status not_written(CallContext& context, const aurelis_key& key, uint32_t flags);
    void note(CallContext& context, const aurelis_key& key);
    void remove_for_want_of_room(CallContext& context, const aurelis_key* keys, size_t n);
    void settle(const aurelis_key& key);
    void note_prefix(std::string_view prefix, int64_t stamp);
    void doubt(CallContext& context, const aurelis_key& key, const aurelis_write& write, aurelis_status status);
    aurelis_status drop_older(StoreHandle& handle, CallContext& context, std::string_view prefix, Older older,
                              uint64_t& removed);
    aurelis_status remove_by_scan(StoreHandle& handle, CallContext& context, std::string_view prefix,
                                  uint64_t& removed);
    aurelis_status drop_version(StoreHandle& handle, CallContext& context, const aurelis_key& key, uint64_t version);
    // Only for AURELIS_DEBUG_CHECK. The entries of the cache itself have no lanes.
    bool is_in_lane(const aurelis_key& key) const;
    bool counts(const CallContext& context) const noexcept { return (context.call.flags & AURELIS_CALL_PEEK) == 0; }

    Runtime& runtime_;
    const LayerSpec spec_;
    const KeySpace& keys_;
    const LayerEvents events_;
    const Envelope envelope_;
    Beliefs beliefs_;
    std::atomic<int64_t> life_max_ns_{0};
    Striped<kLayerCounters> counters_;
    Port port_;  // Last: its tasks use all of the above.
};

// The layers of one cache, highest first. Their number never changes after the cache is opened.
using Layers = std::vector<std::unique_ptr<Layer>>;

}  // namespace aurelis::core
