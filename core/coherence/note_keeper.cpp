#include "coherence/note_keeper.hpp"

#include "base/hash.hpp"

namespace aurelis::core {
namespace {

constexpr size_t kNameBytesMax = 65'536;  // The longest key.

aurelis_key key_of(const std::string& name) noexcept {
    return {name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr};
}

}  // namespace

std::string NoteKeeper::start_of(std::string_view what, size_t layer) const {
    return keys_.notes() + std::string(what) + ":" + layers_[layer]->spec().name + '\x01';
}

std::string NoteKeeper::marker(size_t layer) const {
    return keys_.notes() + "missed-any:" + layers_[layer]->spec().name;
}

bool NoteKeeper::can_keep(size_t place, size_t layer) const {
    if (place == layer) return false;
    const Layer& candidate = *layers_[place];
    StoreHandle* const handle = candidate.gate().passable();
    return handle != nullptr && (handle->caps() & AURELIS_CAP_PERSISTENT) != 0 &&
           (handle->caps() & AURELIS_CAP_REMOTE) == 0;
}

Layer* NoteKeeper::place_for(size_t layer) const {
    for (size_t i = layers_.size(); i-- > 0;)
        if (can_keep(i, layer)) return layers_[i].get();
    return nullptr;
}

bool NoteKeeper::write(size_t layer, const std::string& name) {
    Layer* const place = place_for(layer);
    if (place == nullptr) return false;
    CallContext context;
    context.call.now_wall = runtime_.clock.wall();
    return place->leave_note(context, key_of(name)) == AURELIS_OK;
}

void NoteKeeper::erase(size_t layer, const std::string& name) {
    for (size_t i = 0; i < layers_.size(); ++i) {
        if (!can_keep(i, layer)) continue;
        CallContext context;
        context.call.now_wall = runtime_.clock.wall();
        layers_[i]->remove(context, key_of(name));
    }
}

bool NoteKeeper::keep(size_t layer, std::string_view key) {
    if (key.starts_with(keys_.notes())) return true;  // A note of a note would have no end.
    const bool marked = marked_[layer].exchange(true) || write(layer, marker(layer));
    if (!marked) marked_[layer] = false;  // Without the marker the note would not be looked for.
    const std::string name = start_of("missed", layer) + std::string(key);
    if (name.size() <= kNameBytesMax) return write(layer, name) && marked;
    // The key is too long for a note of its own: its whole category is noted.
    const std::string_view prefix = keys_.category_prefix(key);
    return !prefix.empty() && keep_prefix(layer, prefix);
}

void NoteKeeper::forget(size_t layer, std::string_view key) {
    if (key.starts_with(keys_.notes())) return;
    const std::string name = start_of("missed", layer) + std::string(key);
    if (name.size() <= kNameBytesMax) erase(layer, name);
    forget_marker(layer);
}

// The last note is settled. A note that is made just now writes the marker again.
void NoteKeeper::forget_marker(size_t layer) {
    if (layers_[layer]->missed().any() || !marked_[layer].exchange(false)) return;
    erase(layer, marker(layer));
    if (layers_[layer]->missed().any() && !marked_[layer].exchange(true))
        write(layer, marker(layer));
}

bool NoteKeeper::keep_prefix(size_t layer, std::string_view prefix) {
    const bool marked = marked_[layer].exchange(true) || write(layer, marker(layer));
    if (!marked) marked_[layer] = false;
    return marked && write(layer, start_of("missed-all", layer) + std::string(prefix));
}

void NoteKeeper::forget_prefix(size_t layer, std::string_view prefix) {
    erase(layer, start_of("missed-all", layer) + std::string(prefix));
    forget_marker(layer);
}

bool NoteKeeper::recall(size_t place) {
    if (recalled_[place]) return false;
    bool looked = false;
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
        if (!can_keep(place, layer)) continue;
        recall_from(*layers_[place], layer);
        looked = true;
    }
    return recalled_[place] = looked;
}

void NoteKeeper::recall_from(Layer& place, size_t layer) {
    CallContext context;
    context.call.flags = AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
    context.call.now_wall = runtime_.clock.wall();
    if (!place.has_note(context, key_of(marker(layer)))) return;
    marked_[layer] = true;
    Layer& about = *layers_[layer];
    const std::string keys = start_of("missed", layer);
    const aurelis_status listed = place.list(
        context, keys, [&](std::string_view name) { return about.recall_missed(name.substr(keys.size())), true; });
    if (listed != AURELIS_OK) about.recall_missed_prefix(keys_.root);  // There are notes that nobody can read.
    const std::string prefixes = start_of("missed-all", layer);
    place.list(context, prefixes,
               [&](std::string_view name) { return about.recall_missed_prefix(name.substr(prefixes.size())), true; });
    forget_marker(layer);
}

}  // namespace aurelis::core
