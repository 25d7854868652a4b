// The two entry points: sizes are checked here, so that the walks need not check them.
#include "msgpack_stage.hpp"

#include "decoder.hpp"
#include "encoder.hpp"

#include <algorithm>
#include <cstring>

namespace aurelis::msgpack {

namespace {

// A host that gives less room than bound() asks for still gets an answer, at the cost of an extra copy.
aurelis_status encode_aside(std::string_view source, char* room, size_t room_bytes, Scratch& scratch, size_t& written) {
    const std::unique_ptr<char[]> aside(new char[encoded_bytes_max(source.size())]);
    const auto made = encode_text(source, aside.get(), scratch);
    if (!made) return AURELIS_DECLINED;
    written = *made;
    if (*made > room_bytes) return AURELIS_E_SPACE;
    std::memcpy(room, aside.get(), *made);
    return AURELIS_OK;
}

}  // namespace

size_t MsgpackStage::bound(size_t source_bytes) const {
    // Longer text is declined, so any room will do.
    return encoded_bytes_max(std::min(source_bytes, kSourceBytesMax));
}

aurelis_status MsgpackStage::encode(aurelis_call*, const aurelis_key*, std::string_view source, char* room,
                                    size_t room_bytes, size_t& written) const {
    written = 0;
    if (source.empty() || source.size() > kSourceBytesMax) return AURELIS_DECLINED;
    const ScratchPool::Loan scratch(scratch_);
    if (room_bytes < encoded_bytes_max(source.size())) return encode_aside(source, room, room_bytes, *scratch, written);
    const auto made = encode_text(source, room, *scratch);
    if (!made) return AURELIS_DECLINED;
    written = *made;
    return AURELIS_OK;
}

aurelis_status MsgpackStage::decode(aurelis_call*, const aurelis_key*, std::string_view source, char* room,
                                    size_t room_bytes, size_t& written) const {
    written = 0;
    return decode_text(source, room, room_bytes, written);
}

}  // namespace aurelis::msgpack
