// The pools of rooms, one per thread, so that no lock guards them.
#include "keys/key_scratch.hpp"

#include <array>

namespace aurelis::core {
namespace {

constexpr size_t kPooledMax = 8;
constexpr size_t kKeptBytesMax = size_t{1} << 20;

// Only plain members, so that a scratch that is destroyed while its thread ends finds the pool in a known state;
// PoolEnd frees what is in it.
struct Pool {
    std::array<KeyRoom*, kPooledMax> rooms;
    size_t count;
    bool ended;
};
thread_local Pool pool = {};

struct PoolEnd {
    ~PoolEnd() {
        while (pool.count > 0) delete pool.rooms[--pool.count];
        pool.ended = true;
    }
};

bool is_worth_keeping(const KeyRoom& room) noexcept {
    return room.identity.capacity() + room.json.kept_bytes() <= kKeptBytesMax;
}

}  // namespace

KeyRoom* take_key_room() {
    if (pool.count > 0) return pool.rooms[--pool.count];
    return new KeyRoom;
}

void give_key_room(KeyRoom* room) noexcept {
    if (pool.ended || pool.count == kPooledMax || !is_worth_keeping(*room)) {
        delete room;
        return;
    }
    static thread_local PoolEnd end;
    static_cast<void>(end);
    pool.rooms[pool.count++] = room;
}

}  // namespace aurelis::core
