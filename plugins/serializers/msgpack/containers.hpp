// WideHeaders: the headers of arrays and maps. How many members one has is known at its end, so a walk leaves one byte
// at its beginning, in which up to 15 members can be told. Those that need more are noted here, and at the end of the
// walk one pass from back to front moves everything to its place. A note takes 8 bytes, and its container at least 31
// of text.
#pragma once

#include "format.hpp"

#include <vector>

namespace aurelis::msgpack {

class WideHeaders {
public:
    // Fills the byte at `header`, which holds the first byte of an empty container, or notes it. In order of the ends.
    void close(char* begin, char* header, uint32_t members) {
        if (members < 16)
            *header = static_cast<char>(*header | static_cast<char>(members));
        else
            notes_.push_back({static_cast<uint32_t>(header - begin), members});
    }
    // Makes room for what was noted; the end of the whole.
    char* widen(char* begin, char* end);
    void clear() noexcept { notes_.clear(); }
    // Gives memory back beyond what ordinary values need.
    void trim();

private:
    static constexpr size_t kKeptMax = 8192;

    struct Note {
        uint32_t header;
        uint32_t members;
        size_t extra_bytes() const noexcept { return members <= UINT16_MAX ? 2 : 4; }
    };

    std::vector<Note> notes_;
};

}  // namespace aurelis::msgpack
