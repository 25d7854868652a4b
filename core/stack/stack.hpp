// The stack: the layers in priority order and the walk over them. A get goes down and promotes what it finds; a write
// goes up, lowest layer first, in the lane of its key; every write revokes the leases of the look-ups under way. Its
// shape never changes between open and close, so no lock guards it.
// Leaves to others: what concerns a single layer (layer), loading from the origin (flow), names and options (api).
#pragma once

#include "coherence/follower.hpp"
#include "coherence/key_order.hpp"
#include "coherence/note_keeper.hpp"
#include "coherence/reconciler.hpp"
#include "coherence/stamp_keeper.hpp"
#include "coherence/sweeper.hpp"
#include "layer/layer.hpp"
#include "stack/promotions.hpp"
#include "stack/slides.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aurelis::core {

class Stack {
public:
    // read_pattern: for invalidations by pattern.
    Stack(Runtime& runtime, std::vector<LayerSpec> specs, KeySpace keys = {}, Stamps::ReadPattern read_pattern = {});
    ~Stack();

    void open();
    void close();

    Runtime& runtime() noexcept { return runtime_; }
    const KeySpace& keys() const noexcept { return keys_; }
    size_t size() const noexcept { return layers_.size(); }
    Layer& layer(size_t index) noexcept { return *layers_[index]; }
    const Layer& layer(size_t index) const noexcept { return *layers_[index]; }

    // OK or STALE: the caller owns out.value, and out.layer says which layer had it. NOT_FOUND: lookup holds the lease
    // and the versions for publish(). Never an error: a layer that fails is passed over.
    aurelis_status get(CallContext& context, const aurelis_key& key, Lookup& lookup, aurelis_entry& out);
    // Takes the lease for a load that replaces whatever the layers hold, and the versions of the shared ones.
    void observe(CallContext& context, const aurelis_key& key, Lookup& lookup);
    // What a layer holds for the key and whether a get would take it.
    LayerView look(CallContext& context, size_t layer, const aurelis_key& key);
    // n distinct keys; out[i].status is OK, STALE or NOT_FOUND. lookups: NULL, or n of them, for a publication.
    void multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out,
                   Lookup* lookups = nullptr);

    // OK if one layer took it; each[i] is what layer i answered, in every case. Below 0: E_TIMEOUT (the lane), or the
    // layers' answer if none took it.
    aurelis_status set(CallContext& context, const aurelis_key& key, const aurelis_write& write, aurelis_status* each);
    // OK, NOT_FOUND, or the error of a layer that could not remove it. A removal that cannot enter the lane in time is
    // owed and done in the background; until then no copy of the key is believed.
    aurelis_status remove(CallContext& context, const aurelis_key& key, aurelis_status* each);
    // Removes the copies of exactly this value from every layer; anything else that is stored under the key stays.
    aurelis_status remove_copies(CallContext& context, const aurelis_key& key, std::string_view value);
    // n distinct keys, sets or (with SET_REMOVE) removals; each[i] is what set or remove would answer. Of each that is
    // below 0 context.item_errors says why, with the text that set or remove would leave in context.error.
    // persistent: NULL, or which of the sets are errors if no persistent layer takes them.
    void multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                     aurelis_status* each, const std::vector<bool>* persistent = nullptr);
    // Stores what was loaded, if the lease still holds: shared layers first, since they may know of a removal
    // elsewhere. CONFLICT: it does not, and nothing of it stays.
    aurelis_status publish(CallContext& context, const aurelis_key& key, const aurelis_write& write, Lookup& lookup);
    // The same for n distinct keys, layer by layer in batches; each[i] is what publish would answer.
    void multi_publish(CallContext& context, const aurelis_key* keys, const aurelis_write* writes,
                       Lookup* const* lookups, size_t n, aurelis_status* each);

    // The same for callers that already hold the lanes; set, remove and multi_write above enter the lanes and call
    // these.
    KeyOrder& order() noexcept { return order_; }
    // Enters the lane for a set. False: not in time; context.error says so.
    bool enter(KeyOrder::Lane& lane, CallContext& context, const aurelis_key& key);
    aurelis_status set_in_lane(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                               aurelis_status* each);
    aurelis_status remove_in_lane(CallContext& context, const aurelis_key& key, aurelis_status* each);
    void multi_write_in_lanes(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                              aurelis_status* each, const std::vector<bool>* persistent);
    aurelis_status publish_in_lane(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                                   const Lookup& lookup);

    // Hides everything stored so far, and removes all keys that begin with the prefix. removed: the number from the
    // layer that lost the most. Below 0: some layers could not; context.error has a line for each.
    aurelis_status clear(CallContext& context, std::string_view prefix, uint64_t& removed);
    // What an invalidation hides; the times of its stamps and bans are set here.
    struct Invalidation {
        std::vector<Stamp> stamps;
        std::vector<Ban> bans;
        bool soft = false;   // It becomes stale.
        int64_t age_ns = 0;  // Only what was created longer ago than this.
        // What the entries' keys begin with; none contains another.
        std::vector<std::string> prefixes;

        // Whether it selects all whose keys begin so, as far as they are old enough.
        bool is_whole() const noexcept;
        // Whether it cannot be told by their keys and values alone which ones it selects.
        bool needs_tags() const noexcept;
        bool is_empty() const noexcept { return stamps.empty() && bans.empty(); }
        void add_prefix(std::string_view prefix);
    };
    struct Reach {  // In one layer.
        aurelis_status status = AURELIS_OK;
        std::string problem;  // If the status is below 0: why, with the place and name of the layer.
        uint64_t matched = 0;
        uint64_t removed = 0;
    };
    // Hides entries in all layers, at once and however many there are; each[i].status says whether layer i keeps that
    // for other processes and later ones.
    void invalidate(CallContext& context, Invalidation invalidation, Reach* each);
    // Counts what it would hide, entry by entry.
    void count(CallContext& context, Invalidation invalidation, Reach* each);
    // Removes the bytes of what is hidden now, which is otherwise done behind the calls; adds to each[i].removed.
    void sweep(CallContext& context, const Invalidation& invalidation, Reach* each);
    const Sweeper& sweeper() const noexcept { return sweeper_; }
    // The stamp that hides an entry, hard or soft; 0: none.
    int64_t stamp_hiding(const aurelis_key& key, const aurelis_meta& meta, aurelis_bytes attrs, uint64_t bytes) const {
        if (meta.created_wall >= stamps_.newest()) return 0;
        return stamps_.find(key, {meta.created_wall, attrs, bytes, {}}).stamp;
    }
    aurelis_status flush(CallContext& context, int64_t deadline_mono);

    // Why the layer failed, with its place and name.
    std::string failure_of(size_t layer, const CallContext& context, aurelis_status status) const;

    // How a layer is followed for changes by other processes.
    struct Following {
        const char* state;  // "live", "suspect", "unavailable", "none"
        uint64_t changes;
        uint64_t gaps;
    };
    Following following(size_t index) const noexcept;
    uint64_t promotions_dropped() const noexcept { return promotions_.dropped(); }
    uint64_t slides_dropped() const noexcept { return slides_->dropped(); }
    // Whether entries can end when they are not used: each layer must be able to.
    bool can_slide() const noexcept;
    const Stamps& stamps() const noexcept { return stamps_; }
    // How many of the layer's entries are the cache's own, which keep stamps.
    size_t entries_with_stamps(size_t layer) const { return stamp_keeper_.held(layer); }
    uint64_t damaged_stamps() const noexcept { return stamp_keeper_.damaged(); }

private:
    using Lane = KeyOrder::Lane;

    LayerEvents events_of(size_t layer, Reconciler& reconciler, Follower& follower);
    bool asks(const CallContext& context, size_t index) const noexcept {
        return (context.call.layers >> index & 1) == 0;
    }
    bool writes_to(const CallContext& context, size_t index) const noexcept {
        return (context.call.layers >> (32 + index) & 1) == 0;
    }
    static int64_t time_of(const Invalidation& invalidation, int64_t now, int64_t wall) noexcept {
        return invalidation.age_ns == 0 ? now : saturating_add(wall, -invalidation.age_ns);
    }
    aurelis_status remove_bare(CallContext& context, size_t layer, const Invalidation& invalidation,
                               std::string_view prefix, int64_t time, uint64_t& removed);
    // One by one; below 0: not all of them.
    aurelis_status remove_bare_matches(CallContext& context, size_t layer, const Invalidation& invalidation,
                                       std::string_view prefix, uint64_t& removed);
    static void set_time(Invalidation& invalidation, int64_t time) noexcept;
    bool has_bare_layers() const noexcept;
    aurelis_status keep_stamps(size_t layer, StoreHandle& handle);
    void promote(CallContext& context, const aurelis_key& key, const aurelis_entry& found, Lookup& lookup);
    // An entry that ends when it is not used has been found.
    [[gnu::noinline]] void slide(CallContext& context, const aurelis_key& key, const aurelis_entry& found);
    void promote_into(CallContext& context, const aurelis_key& key, const aurelis_entry& found, const Lookup& lookup,
                      uint32_t layers);
    aurelis_status fill(CallContext& context, size_t index, const aurelis_key& key, aurelis_write write,
                        const Lookup& lookup);
    // Makes the write a copy into that layer, on the condition of the look-up. False: the layer cannot hold it.
    bool make_fill(size_t index, const Lookup& lookup, aurelis_write& write) const noexcept;
    // It was stored in a layer of bare values, and an invalidation has passed there meanwhile.
    bool is_hidden_in_bare(size_t index, const aurelis_key& key, const aurelis_write& write) const {
        return layers_[index]->spec().bare && stamp_hiding(key, write.meta, write.attrs, write.value.size) != 0;
    }
    // The layers in the order of a publication: shared ones first, since they may know of a removal elsewhere.
    std::vector<size_t> publication_order() const;
    void multi_fill(CallContext& context, size_t index, const aurelis_key* keys, const aurelis_write* writes,
                    Lookup* const* lookups, const std::vector<uint32_t>& items, std::vector<aurelis_status>& each);
    void multi_take_back(CallContext& context, size_t index, const aurelis_key* keys,
                         const std::vector<uint32_t>& items);
    // Copies in private layers live no longer than the `trust` of the shared layers that do not report changes.
    void limit_private_copies() noexcept;
    // A last attempt at what the layer missed; what remains is reported.
    void settle_at_close(size_t index);
    // What earlier processes noted in that layer, once it is there.
    void recall_notes_in(size_t place);
    // Carries out a removal whose caller has left. Like the two below, runs in the lane of the key, which debug builds
    // check.
    void remove_owed(const aurelis_key& key);
    aurelis_status remove_everywhere(CallContext& context, const aurelis_key& key, aurelis_status* each);
    aurelis_status insist(CallContext& context, const aurelis_key& key, aurelis_status* each);
    static std::string why_not_entered(const CallContext& context);
    static aurelis_status summed_up(const aurelis_status* each, size_t n) noexcept;

    Runtime& runtime_;
    bool open_ = false;  // Used only by open and close.
    const KeySpace keys_;
    Stamps stamps_;
    KeyOrder order_;
    NoteKeeper notes_;
    StampKeeper stamp_keeper_;
    Sweeper sweeper_;
    std::vector<std::unique_ptr<Reconciler>> reconcilers_;  // One per layer, like the followers; both outlive them.
    std::vector<std::unique_ptr<Follower>> followers_;
    Layers layers_;
    Promotions promotions_;
    std::unique_ptr<Slides> slides_;  // Made when all layers are known.
};

}  // namespace aurelis::core
