// Widening. Notes are in the order in which containers end, and are needed in the reverse order in which they begin.
// Read backwards, a container comes before its content; so it waits on a stack until a note comes that begins before
// it.
#include "containers.hpp"

#include <array>

namespace aurelis::msgpack {

namespace {

// Moves the bytes after the header to the end of the free space, and writes the header before them.
struct Mover {
    char* begin;
    char* from_end;
    char* to_end;

    void place(uint32_t header, uint32_t members) noexcept {
        char* const at = begin + header;
        const auto size = static_cast<size_t>(from_end - at - 1);
        to_end -= size;
        const bool map = (static_cast<uint8_t>(*at) & 0xf0) == first_byte::kFixMap;
        std::memmove(to_end, at + 1, size);
        if (members <= UINT16_MAX) {
            to_end -= 3;
            store(to_end, map ? first_byte::kMap16 : first_byte::kArray16, static_cast<uint16_t>(members));
        } else {
            to_end -= 5;
            store(to_end, map ? first_byte::kMap32 : first_byte::kArray32, members);
        }
        from_end = at;
    }
};

}  // namespace

char* WideHeaders::widen(char* begin, char* end) {
    size_t extra_bytes = 0;
    for (const Note& note : notes_) extra_bytes += note.extra_bytes();
    Mover mover{begin, end, end + extra_bytes};

    std::array<Note, kDepthMax> waiting;
    size_t count = 0;
    for (size_t i = notes_.size(); i-- > 0;) {
        while (count > 0 && waiting[count - 1].header > notes_[i].header) {
            --count;
            mover.place(waiting[count].header, waiting[count].members);
        }
        waiting[count++] = notes_[i];
    }
    while (count > 0) {
        --count;
        mover.place(waiting[count].header, waiting[count].members);
    }
    return end + extra_bytes;
}

void WideHeaders::trim() {
    if (notes_.capacity() > kKeptMax) std::vector<Note>().swap(notes_);
}

}  // namespace aurelis::msgpack
