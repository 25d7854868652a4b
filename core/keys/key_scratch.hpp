// The memory in which a key is built. A short key fits into the scratch itself, which is on the caller's stack; a long
// one, and everything that params need, goes into a room that the scratch borrows from its thread's small pool and
// gives back when it is destroyed. So a warm thread allocates nothing, and two scratches that exist at once (a batch,
// or a load that looks something up itself) never share memory. Leaves to others: what is written (key_builder).
#pragma once

#include "keys/canonical_json.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace aurelis::core {

inline constexpr size_t kKeyBytesMax = 65536;

// Space for one key of any size, its identity and its params.
struct KeyRoom {
    // Not make_unique, which would zero the bytes; they are written before they are read.
    const std::unique_ptr<char[]> key{new char[kKeyBytesMax]};
    std::string identity;
    JsonScratch json;
};

// Takes a room from the thread's pool, or makes one; gives it back, or frees it when the pool has enough or
// the room has grown beyond what is worth keeping. A room may be given back by another thread.
KeyRoom* take_key_room();
void give_key_room(KeyRoom* room) noexcept;

// One key at a time, one thread at a time. What was built in it stays valid until the next build or its destruction.
class KeyScratch {
public:
    static constexpr size_t kInlineBytes = 512;

    KeyScratch() noexcept {
    }  // Leaves the bytes as they are: zeroing them would cost more than building a key.
    KeyScratch(const KeyScratch&) = delete;
    KeyScratch& operator=(const KeyScratch&) = delete;
    ~KeyScratch() {
        if (room_ != nullptr) give_key_room(room_);
    }

    char* inline_space() noexcept { return inline_; }
    // Space for a key of `size` bytes, at most kKeyBytesMax.
    char* key_space(size_t size) { return size <= kInlineBytes ? inline_ : room().key.get(); }
    KeyRoom& room() {
        if (room_ == nullptr) room_ = take_key_room();
        return *room_;
    }

private:
    KeyRoom* room_ = nullptr;
    char inline_[kInlineBytes];
};

}  // namespace aurelis::core
