// SerializerShelf: all serializers of one cache by format id: those that the configuration names, and those that only a
// frame names, made when first needed. So a value can be read whatever the current configuration says.
// Threads: add() before the cache opens; all else from any thread.
#pragma once

#include "base/locks.hpp"
#include "plugin/serializer_handle.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace aurelis::core {

class SerializerShelf {
public:
    // Finds the plugin of a format id and makes an instance with its default options.
    using Maker = std::function<Result<std::unique_ptr<SerializerHandle>>(uint8_t format_id)>;

    SerializerShelf() = default;
    SerializerShelf(const SerializerShelf&) = delete;
    SerializerShelf& operator=(const SerializerShelf&) = delete;

    void set_maker(Maker maker) { maker_ = std::move(maker); }
    const SerializerHandle* add(std::unique_ptr<SerializerHandle> handle) AURELIS_EXCLUDES(mutex_);

    // The instances of a format id, those of the configuration first; ask for index 0, 1, ... until NULL. If there is
    // none, the maker is called, once; *why says why there is none.
    const SerializerHandle* find(uint8_t format_id, size_t index, std::string* why = nullptr) const;
    // "lz4", or "format 200" where no plugin is known.
    std::string name_of(uint8_t format_id) const;

private:
    struct Place {
        std::atomic<const SerializerHandle*> handle{nullptr};
        std::atomic<Place*> next{nullptr};
    };
    const SerializerHandle* made_now(uint8_t format_id, std::string* why) const AURELIS_EXCLUDES(mutex_);

    Maker maker_;
    mutable std::array<Place, 256> first_;  // Read without a lock; written under mutex_.
    mutable Mutex mutex_;
    mutable std::vector<std::unique_ptr<SerializerHandle>> handles_ AURELIS_GUARDED_BY(mutex_);
    mutable std::vector<std::unique_ptr<Place>> more_ AURELIS_GUARDED_BY(mutex_);
    mutable std::array<bool, 256> asked_ AURELIS_GUARDED_BY(mutex_){};
};

}  // namespace aurelis::core
