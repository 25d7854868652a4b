#include "plugin/serializer_shelf.hpp"

namespace aurelis::core {

const SerializerHandle* SerializerShelf::add(std::unique_ptr<SerializerHandle> handle) {
    MutexLock lock(mutex_);
    const SerializerHandle* const added = handle.get();
    handles_.push_back(std::move(handle));
    Place* place = &first_[added->format_id()];
    while (place->handle.load(std::memory_order_relaxed) != nullptr) {
        Place* next = place->next.load(std::memory_order_relaxed);
        if (next == nullptr) {
            next = more_.emplace_back(std::make_unique<Place>()).get();
            place->next.store(next, std::memory_order_release);
        }
        place = next;
    }
    place->handle.store(added, std::memory_order_release);
    return added;
}

// Making an instance is rare and may load a library. It is done under the lock, so that it happens once; no serializer
// is called while the lock is held.
const SerializerHandle* SerializerShelf::made_now(uint8_t format_id, std::string* why) const {
    MutexLock lock(mutex_);
    Place& place = first_[format_id];
    if (const SerializerHandle* there = place.handle.load(std::memory_order_acquire)) return there;
    if (asked_[format_id] || maker_ == nullptr) return nullptr;
    asked_[format_id] = true;
    auto made = maker_(format_id);
    if (!made) {
        if (why != nullptr) *why = made.error().message;
        return nullptr;
    }
    const SerializerHandle* const handle = handles_.emplace_back(std::move(made).value()).get();
    place.handle.store(handle, std::memory_order_release);
    return handle;
}

const SerializerHandle* SerializerShelf::find(uint8_t format_id, size_t index, std::string* why) const {
    const Place* place = &first_[format_id];
    for (size_t i = 0; i < index && place != nullptr; ++i) place = place->next.load(std::memory_order_acquire);
    if (place == nullptr) return nullptr;
    const SerializerHandle* const handle = place->handle.load(std::memory_order_acquire);
    return handle != nullptr || index != 0 ? handle : made_now(format_id, why);
}

std::string SerializerShelf::name_of(uint8_t format_id) const {
    const SerializerHandle* const handle = find(format_id, 0);
    return handle != nullptr ? std::string(handle->name()) : "format " + std::to_string(format_id);
}

}  // namespace aurelis::core
