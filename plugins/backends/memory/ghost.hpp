// Ghost: remembers which keys were evicted lately, by 32 bits of their hash, in buckets that forget their
// oldest. A key that comes back while it is remembered was worth keeping. Errors are harmless (a collision admits a key
// to the main queue, a forgotten key costs a miss), so it stores no keys. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aurelis::memory {

class Ghost {
public:
    Ghost() = default;
    ~Ghost();
    Ghost(const Ghost&) = delete;
    Ghost& operator=(const Ghost&) = delete;

    // Holds about half as many tags as the table has slots. Keeps what it knows; false if there is no memory.
    bool resize(uint32_t table_bits) noexcept;
    static uint64_t bytes_for(uint32_t table_bits) noexcept {
        return sizeof(Bucket) << bucket_bits(table_bits);
    }

    void remember(uint32_t tag) noexcept;
    // Was it remembered? Forgets it.
    bool recall(uint32_t tag) noexcept;

private:
    static constexpr size_t kWays = 8;
    struct Bucket {
        uint32_t tags[kWays];  // Newest first; 0 is empty.
    };
    static uint32_t bucket_bits(uint32_t table_bits) noexcept { return table_bits > 4 ? table_bits - 4 : 0; }
    static uint32_t word(uint32_t tag) noexcept { return tag != 0 ? tag : 1; }
    Bucket& bucket(uint32_t tag) noexcept { return buckets_[bits_ == 0 ? 0 : tag >> (32 - bits_)]; }

    Bucket* buckets_ = nullptr;
    uint32_t bits_ = 0;
};

}  // namespace aurelis::memory
