// SerializerHandle: one instance of a serializer plugin, ready to encode and decode, with its table checked once.
// Threads: encode and decode from any thread; made and destroyed by the cache's owner.
#pragma once

#include "config/node.hpp"
#include "plugin/host_services.hpp"
#include "plugin/plugin_registry.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <memory>
#include <string>

namespace aurelis::core {

class SerializerHandle {
public:
    // options: checked against the component's declaration. The error names no place: the caller knows the line.
    static Result<std::unique_ptr<SerializerHandle>> make(Runtime& runtime, const FoundComponent& found,
                                                          const std::string& instance, const Node& options);
    ~SerializerHandle();
    SerializerHandle(const SerializerHandle&) = delete;
    SerializerHandle& operator=(const SerializerHandle&) = delete;

    const char* name() const noexcept { return found_.component->type_name; }
    const std::string& file() const noexcept { return found_.module->file; }
    uint8_t format_id() const noexcept { return static_cast<uint8_t>(ops_.format_id); }
    bool compresses() const noexcept { return (found_.component->caps & AURELIS_STAGE_COMPRESSES) != 0; }
    bool takes_any_bytes() const noexcept {
        return (found_.component->caps & (AURELIS_STAGE_ANY_BYTES | AURELIS_STAGE_COMPRESSES)) != 0;
    }
    bool marks() const noexcept { return (found_.component->caps & AURELIS_STAGE_MARKS) != 0; }

    size_t bound(size_t source_bytes) const noexcept { return ops_.bound(object_.self, source_bytes); }
    aurelis_status encode(aurelis_call* call, const aurelis_key* key, aurelis_bytes source, void* room,
                          size_t room_bytes, size_t& written) const noexcept {
        return ops_.encode(object_.self, call, key, source, room, room_bytes, &written);
    }
    aurelis_status decode(aurelis_call* call, const aurelis_key* key, aurelis_bytes source, void* room,
                          size_t room_bytes, size_t& written) const noexcept {
        return ops_.decode(object_.self, call, key, source, room, room_bytes, &written);
    }

private:
    SerializerHandle(Runtime& runtime, const FoundComponent& found, const std::string& instance);

    const FoundComponent found_;
    HostServices services_;
    aurelis_object object_{};
    aurelis_serializer_ops ops_{};  // The plugin's table, full size.
};

}  // namespace aurelis::core
