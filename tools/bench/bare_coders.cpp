// The bare libraries.
#include "coders.hpp"

#include <lz4.h>
#include <lz4hc.h>
#include <zlib.h>
#include <zstd.h>

#include <nlohmann/json.hpp>

#include <cstring>
#include <stdexcept>

namespace aurelis::bench {

namespace {

// zlib takes its input as a pointer to non-const, but does not write to it.
Bytef* input_of(std::string_view source) { return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(source.data())); }

class BareGzip final : public Coder {
public:
    explicit BareGzip(int level) {
        constexpr int kGzipWindow = 15 + 16, kMemoryLevel = 8;
        if (deflateInit2(&out_, level, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK ||
            inflateInit2(&in_, kGzipWindow) != Z_OK)
            throw std::runtime_error("zlib gives no stream");
    }
    ~BareGzip() override {
        deflateEnd(&out_);
        inflateEnd(&in_);
    }
    size_t bound(size_t source_bytes) const override { return compressBound(source_bytes) + 32; }
    size_t encode(std::string_view source, char* room, size_t room_bytes) override {
        deflateReset(&out_);
        return run(out_, source, room, room_bytes, &deflate);
    }
    size_t decode(std::string_view source, char* room, size_t room_bytes) override {
        inflateReset(&in_);
        return run(in_, source, room, room_bytes, &inflate);
    }

private:
    template <typename Step>
    static size_t run(z_stream& stream, std::string_view source, char* room, size_t room_bytes, Step step) {
        stream.next_in = input_of(source);
        stream.avail_in = static_cast<uInt>(source.size());
        stream.next_out = reinterpret_cast<Bytef*>(room);
        stream.avail_out = static_cast<uInt>(room_bytes);
        return step(&stream, Z_FINISH) == Z_STREAM_END ? stream.total_out : 0;
    }

    z_stream out_{}, in_{};
};

class BareLz4 final : public Coder {
public:
    explicit BareLz4(int level) : level_(level), fast_(LZ4_sizeofState()), hc_(LZ4_sizeofStateHC()) {}

    size_t bound(size_t source_bytes) const override {
        return static_cast<size_t>(LZ4_compressBound(static_cast<int>(source_bytes)));
    }
    size_t encode(std::string_view source, char* room, size_t room_bytes) override {
        const int size = static_cast<int>(source.size()), most = static_cast<int>(room_bytes);
        const int made = level_ <= 1 ? LZ4_compress_fast_extState(fast_.data(), source.data(), room, size, most, 1)
                                     : LZ4_compress_HC_extStateHC(hc_.data(), source.data(), room, size, most, level_);
        return static_cast<size_t>(std::max(made, 0));
    }
    size_t decode(std::string_view source, char* room, size_t room_bytes) override {
        const int made =
            LZ4_decompress_safe(source.data(), room, static_cast<int>(source.size()), static_cast<int>(room_bytes));
        return static_cast<size_t>(std::max(made, 0));
    }

private:
    int level_;
    std::vector<char> fast_, hc_;  // On the heap, which aligns them well enough.
};

class BareZstd final : public Coder {
public:
    explicit BareZstd(int level) : level_(level), out_(ZSTD_createCCtx()), in_(ZSTD_createDCtx()) {}
    ~BareZstd() override {
        ZSTD_freeCCtx(out_);
        ZSTD_freeDCtx(in_);
    }
    size_t bound(size_t source_bytes) const override { return ZSTD_compressBound(source_bytes); }
    size_t encode(std::string_view source, char* room, size_t room_bytes) override {
        const size_t made = ZSTD_compressCCtx(out_, room, room_bytes, source.data(), source.size(), level_);
        return ZSTD_isError(made) ? 0 : made;
    }
    size_t decode(std::string_view source, char* room, size_t room_bytes) override {
        const size_t made = ZSTD_decompressDCtx(in_, room, room_bytes, source.data(), source.size());
        return ZSTD_isError(made) ? 0 : made;
    }

private:
    int level_;
    ZSTD_CCtx* out_;
    ZSTD_DCtx* in_;
};

class BareMsgpack final : public Coder {
public:
    explicit BareMsgpack(const JsonStyle& style) : style_(style) {}

    size_t bound(size_t source_bytes) const override { return 2 * source_bytes + 16; }
    size_t encode(std::string_view source, char* room, size_t room_bytes) override {
        const std::vector<std::uint8_t> made =
            nlohmann::ordered_json::to_msgpack(nlohmann::ordered_json::parse(source));
        if (made.size() > room_bytes) return 0;
        std::memcpy(room, made.data(), made.size());
        return made.size();
    }
    size_t decode(std::string_view source, char* room, size_t room_bytes) override {
        const std::string made =
            nlohmann::ordered_json::from_msgpack(source).dump(style_.indentation, ' ', style_.ascii);
        if (made.size() > room_bytes) return 0;
        std::memcpy(room, made.data(), made.size());
        return made.size();
    }

private:
    JsonStyle style_;
};

class BareJson final : public Coder {
public:
    size_t bound(size_t source_bytes) const override { return source_bytes; }
    size_t encode(std::string_view source, char*, size_t) override {
        return nlohmann::json::accept(source) ? source.size() : 0;
    }
    size_t decode(std::string_view, char*, size_t) override { return 0; }
    bool marks() const noexcept override { return true; }
};

}  // namespace

std::unique_ptr<Coder> bare_coder(const StageName& name, const JsonStyle& style) {
    if (name.type == "gzip") return std::make_unique<BareGzip>(name.level);
    if (name.type == "lz4") return std::make_unique<BareLz4>(name.level);
    if (name.type == "zstd") return std::make_unique<BareZstd>(name.level);
    if (name.type == "msgpack") return std::make_unique<BareMsgpack>(style);
    return std::make_unique<BareJson>();
}

}  // namespace aurelis::bench
