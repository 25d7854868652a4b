// Each value in one call of zlib, straight from the caller's bytes into the caller's room.
#include "gzip_serializer.hpp"

#include "streams.hpp"

#include <algorithm>
#include <limits>

namespace aurelis::gzip {

namespace {

// zlib counts its input in 32 bits; up to this size the output fits as well.
constexpr size_t kSourceBytesMax = size_t{1} << 31;
constexpr size_t kCountMax = std::numeric_limits<uInt>::max();

void give(z_stream& stream, std::string_view source, char* room, size_t room_bytes) noexcept {
    stream.next_in = reinterpret_cast<const Bytef*>(source.data());
    stream.avail_in = static_cast<uInt>(source.size());
    stream.next_out = reinterpret_cast<Bytef*>(room);
    stream.avail_out = static_cast<uInt>(std::min(room_bytes, kCountMax));
}

}  // namespace

Result<std::unique_ptr<GzipSerializer>> GzipSerializer::create(const plugin::Setup& setup) {
    const auto level = setup.options.integer("level");
    if (!level || *level < 1 || *level > 9) return setup.options.reject("level", "is not a level of gzip; give 1 to 9");
    return std::unique_ptr<GzipSerializer>(new GzipSerializer(static_cast<int>(*level)));
}

size_t GzipSerializer::bound(size_t source_bytes) const noexcept {
    if (source_bytes > kSourceBytesMax) return 0;
    // deflateBound for this window and memory level: stored blocks of 16 KiB, and 18 bytes around them.
    return source_bytes + (source_bytes >> 12) + (source_bytes >> 14) + (source_bytes >> 25) + 13 - 6 + 18;
}

aurelis_status GzipSerializer::encode(aurelis_call* call, const aurelis_key*, std::string_view source, char* room,
                                      size_t room_bytes, size_t& written) const noexcept {
    if (source.size() > kSourceBytesMax) return AURELIS_DECLINED;
    written = 0;
    if (room_bytes == 0) return AURELIS_E_SPACE;
    z_stream* stream = Deflater::of_this_thread().begin(level_);
    if (stream == nullptr) return plugin::report(call, AURELIS_E_NOMEM, "gzip: out of memory for a stream");
    give(*stream, source, room, room_bytes);
    if (deflate(stream, Z_FINISH) != Z_STREAM_END) return AURELIS_E_SPACE;
    written = stream->total_out;
    return AURELIS_OK;
}

aurelis_status GzipSerializer::decode(aurelis_call* call, const aurelis_key*, std::string_view source, char* room,
                                      size_t room_bytes, size_t& written) const noexcept {
    written = 0;
    if (source.empty() || source.size() > kCountMax) return AURELIS_E_CORRUPT;
    z_stream* stream = Inflater::of_this_thread().begin();
    if (stream == nullptr) return plugin::report(call, AURELIS_E_NOMEM, "gzip: out of memory for a stream");
    char nowhere = 0;  // zlib wants an address even for no bytes.
    give(*stream, source, room_bytes > 0 ? room : &nowhere, room_bytes);
    const int ended = inflate(stream, Z_FINISH);
    if (ended == Z_STREAM_END && stream->avail_in == 0) {
        written = stream->total_out;
        return AURELIS_OK;
    }
    // The eight bytes after the data are never read before all data is written: if all input has been read, it was
    // truncated.
    const bool more = ended == Z_BUF_ERROR && stream->avail_out == 0 && stream->avail_in > 0;
    return more ? AURELIS_E_SPACE : AURELIS_E_CORRUPT;
}

}  // namespace aurelis::gzip
