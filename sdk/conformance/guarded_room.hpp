// GuardedRoom: memory in which out-of-bounds accesses of a plugin are detected. What is placed there ends at an
// inaccessible page, so that reading beyond it stops the program at once, even in libraries without sanitizers; what is
// written there is between two borders of known bytes, so that writing beyond it is detected and reported. Reused from
// call to call, one user at a time.
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
    // For writing: `size` bytes of arbitrary content between the borders. Throws std::bad_alloc.
    char* open(size_t size);
    // Are the borders of the last open() unchanged?
    bool intact() const noexcept;

private:
    void reserve(size_t size);

    char* pages_ = nullptr;
    size_t capacity_ = 0;  // Of the accessible part; the inaccessible page follows it.
    char* room_ = nullptr;
    size_t size_ = 0;
};

}  // namespace aurelis::conformance
