// Cutting values into blocks and putting them together again.
#include "lz4_serializer.hpp"

#include "compressor.hpp"
#include "frame.hpp"

#include <lz4.h>

#include <algorithm>
#include <cstring>

namespace aurelis::lz4 {

namespace {

constexpr size_t kSourceBytesMax = LZ4_MAX_INPUT_SIZE;
constexpr int kLevelMax = 12;
constexpr uint64_t kRatioMax = 255;  // No LZ4 block expands by more.

// Memory that is written from front to back.
struct Output {
    char* at;
    size_t left;

    void move(size_t bytes) noexcept {
        at += bytes;
        left -= bytes;
    }
};

// Writes one block with its size before it, uncompressed if LZ4 gains nothing; false: the room is too small.
bool write_block(Compressor& compressor, std::string_view block, Output& out, int level, int acceleration) noexcept {
    if (out.left < kSizeBytes) return false;
    char* size_at = out.at;
    out.move(kSizeBytes);
    size_t made = compressor.compress(block.data(), block.size(), out.at, out.left, level, acceleration);
    auto size = static_cast<uint32_t>(made);
    if (made == 0 || made >= block.size()) {
        if (out.left < block.size()) return false;
        made = block.size();
        size = static_cast<uint32_t>(made) | kStoredBit;
        std::memcpy(out.at, block.data(), made);
    }
    write_size(size, size_at);
    out.move(made);
    return true;
}

// Reads the first block of the input, which has that many bytes once decoded, and moves the input past it; false: it is
// not one.
bool read_block(std::string_view& input, char* to, size_t bytes) noexcept {
    const uint32_t word = read_size(input.data());
    const size_t size = word & ~kStoredBit;
    input.remove_prefix(kSizeBytes);
    if (size > input.size() || size > bytes) return false;
    if ((word & kStoredBit) != 0) {
        if (size != bytes) return false;
        std::memcpy(to, input.data(), size);
    } else {
        const int made = LZ4_decompress_safe(input.data(), to, static_cast<int>(size), static_cast<int>(bytes));
        if (made < 0 || static_cast<size_t>(made) != bytes) return false;
    }
    input.remove_prefix(size);
    return true;
}

}  // namespace

Result<std::unique_ptr<Lz4Serializer>> Lz4Serializer::create(const plugin::Setup& setup) {
    const auto level = setup.options.integer("level");
    const auto acceleration = setup.options.integer("acceleration");
    if (!level || *level < kFastLevel || *level > kLevelMax)
        return setup.options.reject("level", "is not a level of lz4; give 1 to 12");
    if (!acceleration || *acceleration < 1 || *acceleration > 65537)
        return setup.options.reject("acceleration", "is out of range; give 1 to 65537");
    if (*level != kFastLevel && *acceleration != 1)
        return setup.options.reject("acceleration", "is only for level 1; leave it out, or set 'level: 1'");
    return std::unique_ptr<Lz4Serializer>(new Lz4Serializer(static_cast<int>(*level), static_cast<int>(*acceleration)));
}

size_t Lz4Serializer::bound(size_t source_bytes) const noexcept {
    if (source_bytes > kSourceBytesMax) return 0;
    const size_t block_bytes = header_of(source_bytes).block_bytes_max;
    const size_t blocks = (source_bytes + block_bytes - 1) / block_bytes;
    // As much as LZ4_compressBound requires for each block: with less, LZ4 would have to check for the end of the room.
    return kHeaderBytes + blocks * (kSizeBytes + 16) + source_bytes + source_bytes / 255 + kSizeBytes;
}

aurelis_status Lz4Serializer::encode(aurelis_call* call, const aurelis_key*, std::string_view source, char* room,
                                     size_t room_bytes, size_t& written) const noexcept {
    if (source.size() > kSourceBytesMax) return AURELIS_DECLINED;
    written = 0;
    if (room_bytes < kHeaderBytes + kSizeBytes) return AURELIS_E_SPACE;
    Compressor& compressor = Compressor::of_this_thread();
    if (!compressor.ready(level_)) return plugin::report(call, AURELIS_E_NOMEM, "lz4: out of memory for a compressor");
    const FrameHeader header = header_of(source.size());
    write_header(header, room);
    Output out{room, room_bytes - kSizeBytes};  // Leaves room for the end mark.
    out.move(kHeaderBytes);
    for (size_t at = 0; at < source.size(); at += header.block_bytes_max) {
        if (!write_block(compressor, source.substr(at, header.block_bytes_max), out, level_, acceleration_))
            return AURELIS_E_SPACE;
    }
    write_size(0, out.at);
    written = static_cast<size_t>(out.at - room) + kSizeBytes;
    return AURELIS_OK;
}

aurelis_status Lz4Serializer::decode(aurelis_call*, const aurelis_key*, std::string_view source, char* room,
                                     size_t room_bytes, size_t& written) const noexcept {
    written = 0;
    const auto header = read_header(source);
    if (!header || header->content_bytes / kRatioMax > source.size()) return AURELIS_E_CORRUPT;
    if (header->content_bytes > room_bytes) {
        written = static_cast<size_t>(header->content_bytes);
        return AURELIS_E_SPACE;
    }
    std::string_view input = source.substr(kHeaderBytes);
    const auto content = static_cast<size_t>(header->content_bytes);
    for (size_t at = 0; at < content; at += header->block_bytes_max) {
        if (input.size() < kSizeBytes || !read_block(input, room + at, std::min(header->block_bytes_max, content - at)))
            return AURELIS_E_CORRUPT;
    }
    if (input.size() != kSizeBytes || read_size(input.data()) != 0) return AURELIS_E_CORRUPT;
    written = content;
    return AURELIS_OK;
}

}  // namespace aurelis::lz4
