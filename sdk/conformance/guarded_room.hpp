// GuardedRoom: memory in which a plugin reads or writes under watch. What is placed there ends at a page that nobody
// may touch, so that reading beyond it stops the program at once, also in libraries that no sanitizer has seen; what is
// written there lies between two borders of known bytes, so that writing beyond it is found and can be told. Reused
// from call to call, one user at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace aurelis::conformance {

class GuardedRoom {
public:
    static constexpr size_t kBorderBytes = 64;

    GuardedRoom() = default;
    ~GuardedRoom();
    GuardedRoom(const GuardedRoom&) = delete;
    GuardedRoom& operator=(const GuardedRoom&) = delete;

    // For reading: a copy of `text`, right before the forbidden page. Throws std::bad_alloc.
    const char* place(std::string_view text);
    // For writing: `size` bytes of any content between the borders. Throws std::bad_alloc.
    char* open(size_t size);
    // Are the borders of the last open() as they were?
    bool intact() const noexcept;

private:
    void reserve(size_t size);

    char* pages_ = nullptr;
    size_t capacity_ = 0;  // Of what may be touched; the forbidden page comes behind it.
    char* room_ = nullptr;
    size_t size_ = 0;
};

}  // namespace aurelis::conformance
