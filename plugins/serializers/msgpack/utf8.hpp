// Whether bytes are UTF-8; for strings that are known to have bytes beyond ASCII.
#pragma once

#include "../shared/text_block.hpp"
#include "../shared/utf8.hpp"

#include <string_view>

namespace aurelis::msgpack {

inline bool is_utf8(std::string_view bytes) noexcept {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at != nullptr && at != end) {
        if (static_cast<uint8_t>(*at) >= 0x80) {
            at = text::past_sequence(at, end);
        } else if (static_cast<size_t>(end - at) >= text::Block::kSize) {
            const uint32_t beyond = text::Block(at).beyond_ascii();
            at += beyond == 0 ? text::Block::kSize : static_cast<size_t>(std::countr_zero(beyond));
        } else {
            ++at;
        }
    }
    return at != nullptr;
}

}  // namespace aurelis::msgpack
