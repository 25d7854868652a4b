// MsgpackStage: the stage "msgpack" as the core sees it. Any number of threads may use one instance; it holds only
// scratch memory for its calls. Leaves to others: the walk over JSON text (encoder.hpp) and over MessagePack
// (decoder.hpp).
#pragma once

#include "scratch_pool.hpp"

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
    aurelis_status decode(aurelis_call*, const aurelis_key*, std::string_view source, char* room, size_t room_bytes,
                          size_t& written) const;

private:
    mutable ScratchPool scratch_;
};

}  // namespace aurelis::msgpack
