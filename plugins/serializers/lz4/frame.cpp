// Writing and reading the header.
#include "frame.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace aurelis::lz4 {

namespace {

constexpr unsigned char kMagic[4] = {0x04, 0x22, 0x4d, 0x18};
constexpr unsigned char kFlags = 0x68;
constexpr size_t kDescriptorBytes = 10;  // Flags, block size, content size: what the check byte covers.
constexpr unsigned kSmallestBlock = 4;
constexpr unsigned kLargestBlock = 7;

constexpr size_t block_bytes(unsigned code) { return size_t{1} << (8 + 2 * code); }

unsigned char check_byte(const char* descriptor) noexcept {
    return static_cast<unsigned char>(XXH32(descriptor, kDescriptorBytes, 0) >> 8);
}

template <typename T>
void write_little_endian(T value, char* at) noexcept {
    for (size_t i = 0; i < sizeof value; ++i) at[i] = static_cast<char>(value >> (8 * i));
}
template <typename T>
T read_little_endian(const char* at) noexcept {
    T value = 0;
    for (size_t i = 0; i < sizeof value; ++i)
        value = static_cast<T>(value | static_cast<T>(static_cast<unsigned char>(at[i])) << (8 * i));
    return value;
}

}  // namespace

FrameHeader header_of(size_t content_bytes) noexcept {
    unsigned code = kSmallestBlock;
    while (code < kLargestBlock && block_bytes(code) < content_bytes) ++code;
    return {content_bytes, block_bytes(code)};
}

void write_header(const FrameHeader& header, char* at) noexcept {
    unsigned code = kSmallestBlock;
    while (block_bytes(code) < header.block_bytes_max) ++code;
    std::memcpy(at, kMagic, sizeof kMagic);
    char* descriptor = at + sizeof kMagic;
    descriptor[0] = static_cast<char>(kFlags);
    descriptor[1] = static_cast<char>(code << 4);
    write_little_endian(header.content_bytes, descriptor + 2);
    descriptor[kDescriptorBytes] = static_cast<char>(check_byte(descriptor));
}

std::optional<FrameHeader> read_header(std::string_view bytes) noexcept {
    if (bytes.size() < kHeaderBytes || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0) return std::nullopt;
    const char* descriptor = bytes.data() + sizeof kMagic;
    const auto kind = static_cast<unsigned char>(descriptor[1]);
    const unsigned code = kind >> 4;
    if (static_cast<unsigned char>(descriptor[0]) != kFlags || (kind & 15) != 0 || code < kSmallestBlock ||
        code > kLargestBlock || static_cast<unsigned char>(descriptor[kDescriptorBytes]) != check_byte(descriptor))
        return std::nullopt;
    return FrameHeader{read_little_endian<uint64_t>(descriptor + 2), block_bytes(code)};
}

void write_size(uint32_t size, char* at) noexcept { write_little_endian(size, at); }
uint32_t read_size(const char* at) noexcept { return read_little_endian<uint32_t>(at); }

}  // namespace aurelis::lz4
