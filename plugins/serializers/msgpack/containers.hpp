// WideHeaders: the headers of arrays and maps. The number of members is known only at the end, so a walk reserves one
// byte at the beginning, which can hold up to 15. Containers that need more are noted here, and at the end of the walk
// one pass from back to front moves everything to its place. A note takes 8 bytes, and its container at least 31 bytes
// of text.
#pragma once

#include "format.hpp"

#include <vector>

namespace aurelis::msgpack {

class WideHeaders {
public:
    // Fills in the byte at `header`, which holds the first byte of an empty container, or notes the container. Called
    // in the order in which containers end.
    void close(char* begin, char* header, uint32_t members) {
        if (members < 16)
            *header = static_cast<char>(*header | static_cast<char>(members));
        else
            notes_.push_back({static_cast<uint32_t>(header - begin), members});
    }
    // Makes room for the noted headers; returns the new end.
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
