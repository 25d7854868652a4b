// The stack's invalidations: stamps that hide entries in every layer at once, counting what they would hide, and
// removing what is hidden.
#include "stack/stack.hpp"

#include "base/hash.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr uint64_t kPage = 256;

void raise(Stamps& stamps, const Stack::Invalidation& invalidation) {
    for (const Stamp& stamp : invalidation.stamps) stamps.raise(stamp);
    for (const Ban& ban : invalidation.bans) stamps.raise(ban);
}

}  // namespace

void Stack::Invalidation::add_prefix(std::string_view prefix) {
    for (const std::string& known : prefixes)
        if (prefix.starts_with(known)) return;
    std::erase_if(prefixes, [&](const std::string& known) { return known.starts_with(prefix); });
    prefixes.emplace_back(prefix);
}

bool Stack::Invalidation::is_whole() const noexcept {
    const auto is_wide = [](const Stamp& stamp) {
        return stamp.kind == StampKind::Everything || stamp.kind == StampKind::Category;
    };
    return bans.empty() && std::all_of(stamps.begin(), stamps.end(), is_wide);
}

bool Stack::Invalidation::needs_tags() const noexcept {
    const auto is_of_tag = [](const Stamp& stamp) { return stamp.kind == StampKind::Tag; };
    return std::any_of(stamps.begin(), stamps.end(), is_of_tag) ||
           std::any_of(bans.begin(), bans.end(), [&](const Ban& ban) { return is_of_tag(ban.of); });
}

void Stack::set_time(Invalidation& invalidation, int64_t time) noexcept {
    for (Stamp& stamp : invalidation.stamps) (invalidation.soft ? stamp.soft : stamp.hard) = time;
    for (Ban& ban : invalidation.bans) (invalidation.soft ? ban.of.soft : ban.of.hard) = time;
}

void Stack::invalidate(CallContext& context, Invalidation invalidation, Reach* each) {
    const int64_t wall = runtime_.clock.wall();
    const int64_t time = time_of(invalidation, stamp_keeper_.next(), wall);
    set_time(invalidation, time);
    stamp_keeper_.raise(invalidation.stamps, invalidation.bans);
    // What this process wrote while its clock ran ahead is later than the stamp.
    const bool ran_ahead = runtime_.clock.latest() > saturating_add(wall, 2 * kClockSkewNs);
    const auto add_failure = [&](size_t i, aurelis_status status, Reach& here) {
        if (status >= 0) return;
        here.status = std::min(here.status, status);
        here.problem += (here.problem.empty() ? "" : "\n") + failure_of(i, context, status) +
                        "; this process hides what it invalidated, others do so once the layer can be written";
    };
    for (size_t i = layers_.size(); i-- > 0;) {
        Layer& layer = *layers_[i];
        Reach& here = each[i];
        context.error.clear();
        aurelis_status status = AURELIS_OK;
        StoreHandle* const handle = layer.gate().passable();
        if (handle != nullptr) {
            status = keep_stamps(i, *handle);
        } else if (layer.is_persistent() || layer.is_shared()) {
            status = AURELIS_E_UNAVAILABLE;
            context.error = layer.last_error();
        }
        for (const std::string& prefix : invalidation.prefixes) {
            if (layer.spec().bare)  // If it cannot be reached, that is noted for the time when it can.
                status = std::min(status, remove_bare(context, i, invalidation, prefix, time, here.removed));
            else if (ran_ahead && handle != nullptr)
                layer.remove_from_future(context, prefix);
        }
        add_failure(i, status, here);
    }
    // What a get has read from a bare layer meanwhile counts as new. (What was to be older than a time does so as well,
    // and stays.)
    if (has_bare_layers() && invalidation.age_ns == 0) {
        set_time(invalidation, stamp_keeper_.next());
        stamp_keeper_.raise(invalidation.stamps, invalidation.bans);
        for (size_t i = layers_.size(); i-- > 0;) {
            context.error.clear();
            StoreHandle* const handle = layers_[i]->gate().passable();
            if (handle != nullptr && each[i].status >= 0) add_failure(i, keep_stamps(i, *handle), each[i]);
        }
    }
    stamp_keeper_.tend();
    if (!invalidation.soft) sweeper_.begin(true);
}

aurelis_status Stack::keep_stamps(size_t layer, StoreHandle& handle) {
    const aurelis_status status = stamp_keeper_.sync_owed(layer, handle);
    return status == AURELIS_CONFLICT ? aurelis_status{AURELIS_E_UNAVAILABLE} : status;
}

bool Stack::has_bare_layers() const noexcept {
    return std::any_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->spec().bare; });
}

// What is bare cannot be hidden, so it goes at once, whatever its age. If it cannot be told which entries are selected,
// or not all of those could be removed, everything goes that the prefix reaches. removed UINT64_MAX: the number is
// unknown.
aurelis_status Stack::remove_bare(CallContext& context, size_t layer, const Invalidation& invalidation,
                                  std::string_view prefix, int64_t time, uint64_t& removed) {
    if (!invalidation.is_whole() && !invalidation.needs_tags() &&
        remove_bare_matches(context, layer, invalidation, prefix, removed) >= 0)
        return AURELIS_OK;
    uint64_t here = 0;
    const aurelis_status status = layers_[layer]->remove_older(context, prefix, {time, 0}, here);
    removed = here == UINT64_MAX || removed == UINT64_MAX ? UINT64_MAX : removed + here;
    return status;
}

aurelis_status Stack::remove_bare_matches(CallContext& context, size_t layer, const Invalidation& invalidation,
                                          std::string_view prefix, uint64_t& removed) {
    Stamps would(keys_.root);  // That nothing else sees.
    raise(would, invalidation);
    std::string after, next;
    do {
        std::vector<std::string> selected;
        const auto visit = [&](const HeldEntry& held) {
            if (KeySpace::is_of_the_cache(text_of(held.key))) return;
            if (would.find(held.key, {0, held.attrs, held.bytes, held.formats}).stamp != 0)
                selected.emplace_back(text_of(held.key));
        };
        const aurelis_status status = layers_[layer]->walk_page(context, prefix, after, kPage, visit, next);
        if (status < 0) return status;
        for (const std::string& name : selected) {
            const aurelis_key key{name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr};
            Lane lane(order_);
            if (!enter(lane, context, key)) return AURELIS_E_TIMEOUT;
            const aurelis_status gone = layers_[layer]->remove(context, key);
            if (gone < 0) return gone;
            if (removed != UINT64_MAX) removed += gone == AURELIS_OK ? 1 : 0;
        }
        after.swap(next);
    } while (!after.empty());
    return AURELIS_OK;
}

void Stack::count(CallContext& context, Invalidation invalidation, Reach* each) {
    set_time(invalidation, time_of(invalidation, INT64_MAX, runtime_.clock.wall()));
    Stamps would(keys_.root);
    raise(would, invalidation);
    for (size_t i = 0; i < layers_.size(); ++i) {
        Reach& here = each[i];
        const bool bare = layers_[i]->spec().bare;
        const auto visit = [&](const HeldEntry& held) {
            if (KeySpace::is_of_the_cache(text_of(held.key)) || !is_believed(held.verdict)) return;
            if (invalidation.soft && is_stale(held.verdict)) return;  // It is what it would become.
            const int64_t created = bare ? 0 : held.meta.created_wall;
            const bool blindly = bare && invalidation.needs_tags();
            if (blindly || would.find(held.key, {created, held.attrs, held.bytes, held.formats}).stamp != 0)
                ++here.matched;
        };
        context.error.clear();
        for (const std::string& prefix : invalidation.prefixes) {
            std::string after, next;
            do {
                here.status = layers_[i]->walk_page(context, prefix, after, kPage, visit, next);
                after.swap(next);
            } while (here.status >= 0 && !after.empty());
            if (here.status < 0) break;
        }
        if (here.status < 0) here.problem = failure_of(i, context, here.status);
    }
}

void Stack::sweep(CallContext& context, const Invalidation& invalidation, Reach* each) {
    for (size_t i = 0; i < layers_.size(); ++i) {
        for (const std::string& prefix : invalidation.prefixes) {
            if (each[i].status < 0) break;
            context.error.clear();
            each[i].status = sweeper_.finish(context, i, prefix, each[i].removed);
            if (each[i].status == AURELIS_E_UNSUPPORTED) each[i].status = AURELIS_OK;  // It stays, hidden.
            if (each[i].status < 0) each[i].problem = failure_of(i, context, each[i].status);
        }
    }
}

}  // namespace aurelis::core
