#include "stack/stack.hpp"

#include "layer/sliding.hpp"

#include "base/buffer.hpp"
#include "base/names.hpp"

#include <algorithm>

namespace aurelis::core {

Stack::Stack(Runtime& runtime, std::vector<LayerSpec> specs, KeySpace keys, Stamps::ReadPattern read_pattern)
    : runtime_(runtime),
      keys_(std::move(keys)),
      stamps_(keys_.root, std::move(read_pattern)),
      order_(runtime.clock, runtime.wait_ns, [this](const aurelis_key& key) { remove_owed(key); }),
      notes_(runtime, keys_, layers_),
      stamp_keeper_(runtime, this, keys_, stamps_, order_, layers_,
                    [this](size_t layer) { return followers_[layer]->is_untold(); }, [this] { sweeper_.begin(false); }),
      sweeper_(runtime, this, keys_, order_, layers_),
      promotions_(runtime, this, order_,
                  [this](CallContext& context, const aurelis_key& key, const aurelis_entry& found, const Lookup& lookup,
                         uint32_t layers) { promote_into(context, key, found, lookup, layers); }) {
    runtime_.tasks.open(this);
    for (LayerSpec& spec : specs) {
        const size_t place = layers_.size();
        Reconciler& reconciler =
            *reconcilers_.emplace_back(std::make_unique<Reconciler>(runtime, this, order_, layers_, place));
        Follower& follower = *followers_.emplace_back(
            std::make_unique<Follower>(runtime, this, keys_, order_, stamp_keeper_, layers_, place,
                                       [this] { limit_private_copies(); }));
        layers_.push_back(std::make_unique<Layer>(runtime, std::move(spec), keys_, stamps_, layers_.empty(),
                                                  events_of(place, reconciler, follower)));
    }
    const auto blocks = [](const auto& layer) { return layer->blocks(); };
    slides_ = std::make_unique<Slides>(
        runtime, this, order_, std::any_of(layers_.begin(), layers_.end(), blocks),
        [this](CallContext& context, const aurelis_key& key, Slides::Where where) {
            for (auto& layer : layers_)
                if (layer->blocks() == (where == Slides::Where::Behind)) layer->slide(context, key);
        });
}

bool Stack::can_slide() const noexcept {
    return std::all_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->can_slide(); });
}

LayerEvents Stack::events_of(size_t layer, Reconciler& reconciler, Follower& follower) {
    LayerEvents events;
    events.missed = [this, layer, &reconciler](std::string_view key) {
        const bool kept = notes_.keep(layer, key);
        reconciler.missed();
        return kept;
    };
    events.missed_prefix = [this, layer, &reconciler](std::string_view prefix) {
        const bool kept = notes_.keep_prefix(layer, prefix);
        reconciler.missed();
        return kept;
    };
    events.settled = [this, layer](std::string_view key) { notes_.forget(layer, key); };
    events.settled_prefix = [this, layer](std::string_view prefix) { notes_.forget_prefix(layer, prefix); };
    events.returns = [this, layer](StoreHandle& handle) {
        const aurelis_status status = stamp_keeper_.sync(layer, handle);
        return status != AURELIS_E_TIMEOUT && status != AURELIS_E_UNAVAILABLE;
    };
    events.serves = [this, layer, &reconciler] {
        recall_notes_in(layer);
        reconciler.serves();
        stamp_keeper_.tend();
    };
#ifndef NDEBUG
    events.in_lane = [this](uint64_t hash) { return order_.is_in_lane(hash); };
#endif
    events.started = [&follower](StoreHandle& handle) { follower.started(handle); };
    return events;
}

Stack::~Stack() { close(); }

void Stack::open() {
    open_ = true;
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->open();
    for (size_t i = 0; i < layers_.size(); ++i) recall_notes_in(i);
}

void Stack::recall_notes_in(size_t place) {
    if (!notes_.recall(place)) return;
    for (size_t i = 0; i < layers_.size(); ++i)
        if (layers_[i]->missed().any()) reconcilers_[i]->missed();
}

void Stack::close() {
    for (auto& follower : followers_) follower->stop();  // While every layer that it drops keys from still exists.
    runtime_.tasks.close(this);
    if (open_)
        for (size_t i = 0; i < layers_.size(); ++i) settle_at_close(i);
    open_ = false;
    for (auto& layer : layers_) layer->close();
}

void Stack::limit_private_copies() noexcept {
    int64_t most = 0;
    for (size_t i = 0; i < layers_.size(); ++i) {
        const int64_t trust = layers_[i]->spec().resilience.trust_ns;
        if (trust != 0 && followers_[i]->is_untold() && (most == 0 || trust < most)) most = trust;
    }
    for (auto& layer : layers_)
        if (!layer->is_shared()) layer->limit_life(most);
    stamp_keeper_.tend();
}

Stack::Following Stack::following(size_t index) const noexcept {
    const Follower& follower = *followers_[index];
    return {follower.state(), follower.changes(), follower.gaps()};
}

aurelis_status Stack::get(CallContext& context, const aurelis_key& key, Lookup& lookup, aurelis_entry& out) {
    if (order_.owes_removal(key)) {
        order_.take_lease(key.hash, lookup.lease);
        return AURELIS_NOT_FOUND;
    }
    aurelis_entry stale_copy{};
    bool have_stale = false;
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!asks(context, i)) continue;
        bool stale = false;
        context.has_fallback = have_stale;
        const aurelis_status status = layers_[i]->get(context, key, out, stale);
        if (status == AURELIS_OK && !stale) {
            out.layer = static_cast<uint16_t>(i + 1);
            if (lookup.missed != 0) promote(context, key, out, lookup);
            if (is_sliding(out.meta)) [[unlikely]] slide(context, key, out);
            if (have_stale) aurelis_buf_release(&stale_copy.value);
            return AURELIS_OK;
        }
        if (!lookup.lease.taken()) order_.take_lease(key.hash, lookup.lease);
        if (status == AURELIS_OK) {
            out.layer = static_cast<uint16_t>(i + 1);
            lookup.held |= uint32_t{1} << i;
            lookup.versions[i] = out.meta.version;
            if (have_stale && stale_copy.meta.created_wall >= out.meta.created_wall) {
                aurelis_buf_release(&out.value);
            } else {
                if (have_stale) aurelis_buf_release(&stale_copy.value);
                stale_copy = out;
                have_stale = true;
            }
            out = aurelis_entry{};  // A store that says OK without writing must not return this entry again.
        } else if (status == AURELIS_NOT_FOUND) {
            lookup.missed |= uint32_t{1} << i;
            lookup.versions[i] = out.meta.version;
        }
    }
    if (!have_stale) return AURELIS_NOT_FOUND;
    out = stale_copy;
    return AURELIS_STALE;
}

void Stack::observe(CallContext& context, const aurelis_key& key, Lookup& lookup) {
    if (!lookup.lease.taken()) order_.take_lease(key.hash, lookup.lease);
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!asks(context, i) || !layers_[i]->is_shared() || (layers_[i]->caps() & AURELIS_CAP_LEASE) == 0) continue;
        aurelis_entry found{};
        bool stale = false;
        const aurelis_status status = layers_[i]->get(context, key, found, stale);
        if (status < 0) continue;
        aurelis_buf_release(&found.value);
        (status == AURELIS_OK ? lookup.held : lookup.missed) |= uint32_t{1} << i;
        lookup.versions[i] = found.meta.version;
    }
}

LayerView Stack::look(CallContext& context, size_t layer, const aurelis_key& key) {
    LayerView seen = layers_[layer]->look(context, key);
    if (seen.holding != Holding::Present || !order_.owes_removal(key)) return seen;
    const VerdictRow& row = row_of(Verdict::OwedRemoval);
    seen.holding = row.holding;
    seen.reason = row.sentence;
    return seen;
}

bool Stack::make_fill(size_t index, const Lookup& lookup, aurelis_write& write) const noexcept {
    // A bare value cannot say that there is none.
    if ((write.meta.flags & AURELIS_ENTRY_NEGATIVE) != 0 && layers_[index]->spec().bare) return false;
    write.flags |= AURELIS_SET_FILL;
    const bool asked = ((lookup.missed | lookup.held) >> index & 1) != 0;
    if (asked && layers_[index]->is_shared() && (layers_[index]->caps() & AURELIS_CAP_LEASE) != 0) {
        write.flags |= AURELIS_SET_IF_VERSION;
        write.if_version = lookup.versions[index];
    }
    return true;
}

aurelis_status Stack::fill(CallContext& context, size_t index, const aurelis_key& key, aurelis_write write,
                           const Lookup& lookup) {
    if (!make_fill(index, lookup, write)) return AURELIS_NOT_STORED;
    const aurelis_status status = layers_[index]->set(context, key, write);
    // A bare value cannot say that it is older than an invalidation.
    if (!is_hidden_in_bare(index, key, write)) return status;
    layers_[index]->remove(context, key);
    return AURELIS_CONFLICT;
}

void Stack::promote_into(CallContext& context, const aurelis_key& key, const aurelis_entry& found, const Lookup& lookup,
                         uint32_t layers) {
    AURELIS_DEBUG_CHECK(order_.is_in_lane(key.hash));
    aurelis_write write{};
    write.value = found.value;
    write.meta = found.meta;
    write.attrs = found.attrs;
    for (size_t i = layers_.size(); i-- > 0;)
        if ((layers >> i & 1) != 0 && fill(context, i, key, write, lookup) == AURELIS_OK)
            layers_[i]->count(kPromotions);
}

// What was found below goes to the layers above that were asked and had nothing: at once where that cannot block, else
// in the background. If the lane cannot be entered, a write of the key is under way and there is nothing to promote.
void Stack::promote(CallContext& context, const aurelis_key& key, const aurelis_entry& found, Lookup& lookup) {
    constexpr uint32_t kLooksOnly = AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    if ((context.call.flags & kLooksOnly) != 0 || (found.meta.flags & AURELIS_ENTRY_SIMILAR) != 0) return;
    uint32_t now = 0, later = 0;
    for (size_t i = 0; i + 1 < found.layer; ++i) {
        if ((lookup.missed >> i & 1) == 0 || !writes_to(context, i)) continue;
        (layers_[i]->blocks() ? later : now) |= uint32_t{1} << i;
    }
    if (now != 0) {
        Lane lane(order_);
        if (!lane.try_enter(key.hash) || !lookup.lease.valid()) return;
        promote_into(context, key, found, lookup, now);
    }
    if (later != 0) promotions_.add(key, found, lookup, layers_.size(), later);
}

void Stack::slide(CallContext& context, const aurelis_key& key, const aurelis_entry& found) {
    if ((context.call.flags & AURELIS_CALL_PEEK) == 0) slides_->used(context, key, idle_of(found.attrs));
}

// OK if one layer took it, else the gravest answer.
aurelis_status Stack::summed_up(const aurelis_status* each, size_t n) noexcept {
    aurelis_status worst = AURELIS_NOT_STORED;
    for (size_t i = 0; i < n; ++i) {
        if (each[i] == AURELIS_OK) return AURELIS_OK;
        if (each[i] < worst) worst = each[i];
    }
    return worst;
}

std::string Stack::why_not_entered(const CallContext& context) {
    return std::string(context.call.deadline_mono != 0 ? "the time-out" : "cache.wait_timeout") +
           " passed while an earlier write of the same key was under way; nothing was written";
}

bool Stack::enter(Lane& lane, CallContext& context, const aurelis_key& key) {
    if (lane.enter(key.hash, context.call.deadline_mono)) return true;
    context.error = why_not_entered(context);
    return false;
}

aurelis_status Stack::set(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                          aurelis_status* each) {
    Lane lane(order_);
    if (enter(lane, context, key)) return set_in_lane(context, key, write, each);
    std::fill(each, each + layers_.size(), AURELIS_E_TIMEOUT);
    return AURELIS_E_TIMEOUT;
}

aurelis_status Stack::set_in_lane(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                                  aurelis_status* each) {
    order_.revoke_leases(key.hash);
    for (size_t i = layers_.size(); i-- > 0;) {
        context.left_outdated = false;
        each[i] = writes_to(context, i) ? layers_[i]->set(context, key, write) : layers_[i]->remove(context, key);
        if (context.left_outdated) context.outdated_layers |= uint64_t{1} << i;
    }
    for (size_t i = 0; i < layers_.size(); ++i)
        if (!writes_to(context, i) && each[i] >= 0) each[i] = AURELIS_NOT_STORED;
    const aurelis_status status =
        context.requires_persistent ? insist(context, key, each) : summed_up(each, layers_.size());
    order_.revoke_leases(key.hash);
    return status;
}

// A value that no persistent layer took must not stay in any layer.
aurelis_status Stack::insist(CallContext& context, const aurelis_key& key, aurelis_status* each) {
    AURELIS_DEBUG_CHECK(order_.is_in_lane(key.hash));
    aurelis_status worst = AURELIS_E_UNAVAILABLE;
    bool any = false;
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!layers_[i]->is_persistent()) continue;
        if (each[i] == AURELIS_OK) return AURELIS_OK;
        if (each[i] < 0) worst = each[i];
        any = true;
    }
    if (any && context.error.empty()) context.error = "no persistent layer took the value, which its write requires";
    if (!any) context.error = "a persistent layer is required, and there is none; add one or do not require it";
    const std::string told = context.error;
    for (size_t i = layers_.size(); i-- > 0;) {
        if (each[i] != AURELIS_OK) continue;
        context.left_outdated = false;
        const aurelis_status gone = layers_[i]->remove(context, key);
        if (context.left_outdated) context.outdated_layers |= uint64_t{1} << i;
        each[i] = gone < 0 ? gone : aurelis_status{AURELIS_NOT_STORED};
    }
    context.error = told;
    return any ? worst : aurelis_status{AURELIS_E_INVALID};
}

aurelis_status Stack::remove_everywhere(CallContext& context, const aurelis_key& key, aurelis_status* each) {
    AURELIS_DEBUG_CHECK(order_.is_in_lane(key.hash));
    aurelis_status result = AURELIS_NOT_FOUND;
    for (size_t i = layers_.size(); i-- > 0;) {
        context.left_outdated = false;
        const aurelis_status status = layers_[i]->remove(context, key);
        if (context.left_outdated) context.outdated_layers |= uint64_t{1} << i;
        if (each != nullptr) each[i] = status;
        if (status < 0 || result < 0)
            result = status < 0 ? status : result;
        else if (status == AURELIS_OK)
            result = AURELIS_OK;
    }
    return result;
}

void Stack::remove_owed(const aurelis_key& key) {
    CallContext context;
    context.call.now_wall = runtime_.clock.wall();
    remove_everywhere(context, key, nullptr);
}

aurelis_status Stack::remove(CallContext& context, const aurelis_key& key, aurelis_status* each) {
    order_.revoke_leases(key.hash);
    Lane lane(order_);
    while (!lane.enter(key.hash, context.call.deadline_mono))
        if (order_.owe_removal(key)) {
            if (each != nullptr) std::fill(each, each + layers_.size(), AURELIS_OK);
            return AURELIS_OK;
        }
    return remove_in_lane(context, key, each);
}

aurelis_status Stack::remove_in_lane(CallContext& context, const aurelis_key& key, aurelis_status* each) {
    order_.revoke_leases(key.hash);
    const aurelis_status status = remove_everywhere(context, key, each);
    order_.revoke_leases(key.hash);
    return status;
}

aurelis_status Stack::remove_copies(CallContext& context, const aurelis_key& key, std::string_view value) {
    Lane lane(order_);
    if (!lane.enter(key.hash, context.call.deadline_mono)) return AURELIS_E_TIMEOUT;
    order_.revoke_leases(key.hash);  // A promotion of the value may be under way.
    aurelis_status result = AURELIS_NOT_FOUND;
    for (size_t i = layers_.size(); i-- > 0;) {
        aurelis_entry held{};
        bool stale = false;
        const uint32_t flags = context.call.flags;
        context.call.flags |= AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
        const aurelis_status status = layers_[i]->get(context, key, held, stale);
        context.call.flags = flags;
        if (status != AURELIS_OK) continue;
        const Pinned copy(held.value);
        if (copy.view() != value) continue;
        const aurelis_status gone = layers_[i]->remove(context, key);
        if (gone < 0 || result >= 0) result = gone < 0 ? gone : aurelis_status{AURELIS_OK};
    }
    order_.revoke_leases(key.hash);
    return result;
}

aurelis_status Stack::publish(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                              Lookup& lookup) {
    Lane lane(order_);
    if (!lane.enter(key.hash, context.call.deadline_mono)) return AURELIS_E_TIMEOUT;
    if (!lookup.lease.valid()) return AURELIS_CONFLICT;
    const aurelis_status status = publish_in_lane(context, key, write, lookup);
    // What it replaced, perhaps by the hand of another process, may be on its way up from a lower layer.
    order_.revoke_other_leases(key.hash, lookup.lease);
    return status;
}

std::vector<size_t> Stack::publication_order() const {
    std::vector<size_t> order;
    for (size_t i = layers_.size(); i-- > 0;) order.push_back(i);
    std::stable_partition(order.begin(), order.end(), [&](size_t i) { return layers_[i]->is_shared(); });
    return order;
}

aurelis_status Stack::publish_in_lane(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                                      const Lookup& lookup) {
    if (stamp_hiding(key, write.meta, write.attrs, write.value.size) != 0) return AURELIS_CONFLICT;
    std::vector<size_t> written;
    aurelis_status each[kStackLayersMax];
    size_t asked = 0;
    for (size_t i : publication_order()) {
        if (!writes_to(context, i)) continue;
        const aurelis_status status = each[asked++] = fill(context, i, key, write, lookup);
        if (status == AURELIS_OK) written.push_back(i);
        if (status != AURELIS_CONFLICT) continue;
        for (size_t taken_back : written) layers_[taken_back]->remove(context, key);
        return AURELIS_CONFLICT;
    }
    return summed_up(each, asked);
}

// Most of what a layer tells begins with its place and name already, but not what a store cannot do.
std::string Stack::failure_of(size_t layer, const CallContext& context, aurelis_status status) const {
    const LayerSpec& spec = layers_[layer]->spec();
    const std::string name = spec.place + ": layer " + spec.name;
    if (context.error.starts_with(name)) return context.error;
    return name + " (" + spec.backend + "): " + (context.error.empty() ? status_name(status) : context.error);
}

aurelis_status Stack::clear(CallContext& context, std::string_view prefix, uint64_t& removed) {
    const Older older = stamp_keeper_.take();
    aurelis_status result = AURELIS_OK;
    std::string why;
    aurelis_status kept[kStackLayersMax] = {};
    removed = 0;
    // Before the entries are removed: a look-up that reads them meanwhile must not bring them back.
    for (size_t i = layers_.size(); i-- > 0;)
        if (StoreHandle* const handle = layers_[i]->gate().passable()) kept[i] = keep_stamps(i, *handle);
    for (size_t i = layers_.size(); i-- > 0;) {
        uint64_t here = 0;
        context.error.clear();
        aurelis_status status = layers_[i]->remove_older(context, prefix, older, here);
        if (status >= 0 && kept[i] < 0) {
            status = AURELIS_E_UNAVAILABLE;
            context.error = "others could not be told yet; it is tried again every second";
        }
        if (status < 0) {
            result = status;
            const char* const rest = status == AURELIS_E_UNSUPPORTED ? "; what it holds stays there, hidden" : "";
            why = failure_of(i, context, status) + rest + (why.empty() ? "" : "\n" + why);  // The highest first.
        }
        removed = std::max(removed, here);
    }
    if (has_bare_layers()) {  // What a get has read from them meanwhile counts as new.
        stamp_keeper_.take();
        for (size_t i = layers_.size(); i-- > 0;) {
            StoreHandle* const handle = layers_[i]->gate().passable();
            if (handle == nullptr || keep_stamps(i, *handle) >= 0 || result < 0) continue;
            result = AURELIS_E_UNAVAILABLE;
            why = layers_[i]->spec().place + ": layer " + layers_[i]->spec().name +
                  ": others could not be told yet; it is tried again every second";
        }
        sweeper_.begin(true);
    }
    stamp_keeper_.tend();
    order_.revoke_all_leases();
    context.error = std::move(why);
    return result;
}

aurelis_status Stack::flush(CallContext& context, int64_t deadline_mono) {
    aurelis_status result = runtime_.tasks.drain(deadline_mono) ? AURELIS_OK : AURELIS_E_TIMEOUT;
    context.call.deadline_mono = deadline_mono == INT64_MAX ? 0 : deadline_mono;
    for (auto& layer : layers_) {
        if (layer->gate().passable() == nullptr) continue;  // What it missed is noted and reported.
        const aurelis_status status = layer->flush(context);
        if (status < 0) result = status;
    }
    return result;
}

}  // namespace aurelis::core
