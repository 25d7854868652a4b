// MsgpackStage: the stage "msgpack" as the core sees it. It has no state of its own; scratch memory belongs to the
// thread, is used again by its next call, and is given back when a call made it large. Leaves to others: the walk over
// JSON text (encoder.hpp) and over MessagePack (decoder.hpp).
#pragma once

#include <aurelis/plugin/serializer.hpp>

namespace aurelis::msgpack {

class MsgpackStage {
public:
    static constexpr uint8_t kFormatId = 2;
    static constexpr uint64_t kCaps = 0;

    static Result<std::unique_ptr<MsgpackStage>> create(const plugin::Setup&) {
        return std::make_unique<MsgpackStage>();
    }
    size_t bound(size_t source_bytes) const;
    aurelis_status encode(aurelis_call*, const aurelis_key*, std::string_view source, char* room, size_t room_bytes,
                          size_t& written) const;
    aurelis_status decode(aurelis_call*, std::string_view source, char* room, size_t room_bytes, size_t& written) const;
};

}  // namespace aurelis::msgpack
