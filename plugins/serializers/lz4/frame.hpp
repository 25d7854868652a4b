// The LZ4 frame around the blocks of one value, little endian (LZ4 Frame Format 1.6):
//
//   04 22 4d 18        magic
//   68                 version 1, independent blocks, content size, no checksums, no dictionary
//   40 50 60 or 70     at most 64 KiB, 256 KiB, 1 MiB or 4 MiB of the value in each block
//   8 bytes            size of the value
//   1 byte             second byte of the XXH32 over the 10 bytes after the magic
//   for each block     4 bytes size; highest bit: stored as it is; then its bytes
//   4 bytes 0          end
//
// A value of up to 4 MiB is one block. The frame has no checksums, so nothing is read twice: the core's frame has one
// over all of it. Leaves to others: what is in the blocks (lz4_serializer).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aurelis::lz4 {

inline constexpr size_t kHeaderBytes = 15;
inline constexpr size_t kSizeBytes = 4;  // Before each block, and the end.
inline constexpr uint32_t kStoredBit = 1u << 31;

struct FrameHeader {
    uint64_t content_bytes = 0;
    size_t block_bytes_max = 0;
};

// The smallest block size that holds the value, else the largest.
FrameHeader header_of(size_t content_bytes) noexcept;
// Writes kHeaderBytes bytes.
void write_header(const FrameHeader& header, char* at) noexcept;
// Nothing: these are not the first bytes of such a frame.
std::optional<FrameHeader> read_header(std::string_view bytes) noexcept;

void write_size(uint32_t size, char* at) noexcept;
uint32_t read_size(const char* at) noexcept;

}  // namespace aurelis::lz4
