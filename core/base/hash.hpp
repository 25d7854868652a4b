// The hash of keys within this process, and the checksum of frames: XXH3, 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aurelis::core {

uint64_t hash_bytes(const void* data, size_t size) noexcept;

// A checksum over several pieces, as if they were concatenated.
class Checksum {
public:
    Checksum() noexcept;
    ~Checksum();
    Checksum(const Checksum&) = delete;
    Checksum& operator=(const Checksum&) = delete;
    void add(const void* data, size_t size) noexcept;
    uint64_t value() const noexcept;

private:
    alignas(64) unsigned char state_[576];
};

}  // namespace aurelis::core
