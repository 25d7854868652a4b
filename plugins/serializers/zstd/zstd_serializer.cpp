// Each value in one call of zstd, straight from the caller's bytes into the caller's room: so zstd allocates no window,
// however large the window is that a frame declares.
#include "zstd_serializer.hpp"

#include "contexts.hpp"

#include <zstd_errors.h>
#include <aurelis/base/bytes.hpp>

#include <cstring>

namespace aurelis::zstd {

namespace {

constexpr size_t kSourceBytesMax = size_t{1} << 40;
constexpr unsigned char kMagic[4] = {0x28, 0xb5, 0x2f, 0xfd};

aurelis_status status_of_failure(aurelis_call* call, size_t made) noexcept {
    switch (ZSTD_getErrorCode(made)) {
        case ZSTD_error_dstSize_tooSmall: return AURELIS_E_SPACE;
        case ZSTD_error_memory_allocation:
            return plugin::report(call, AURELIS_E_NOMEM, "zstd: out of memory for a context");
        default: return plugin::report(call, AURELIS_E_FAILED, ZSTD_getErrorName(made));
    }
}

// Is it exactly one frame from the first byte to the last? Only the headers are checked.
bool is_one_frame(std::string_view source) noexcept {
    return source.size() > sizeof kMagic && std::memcmp(source.data(), kMagic, sizeof kMagic) == 0 &&
           ZSTD_findFrameCompressedSize(source.data(), source.size()) == source.size();
}

}  // namespace

Result<std::unique_ptr<ZstdSerializer>> ZstdSerializer::create(const plugin::Setup& setup) {
    const auto level = setup.options.integer("level");
    if (!level || *level < -7 || *level > 19) return setup.options.reject("level", "is out of range; give -7 to 19");
    AURELIS_TRY(dictionaries, Dictionaries::read(setup, static_cast<int>(*level)));
    return std::unique_ptr<ZstdSerializer>(new ZstdSerializer(static_cast<int>(*level), std::move(dictionaries)));
}

size_t ZstdSerializer::bound(size_t source_bytes) const noexcept {
    return source_bytes <= kSourceBytesMax ? ZSTD_compressBound(source_bytes) : 0;
}

const ZSTD_CDict* ZstdSerializer::dictionary_for(const aurelis_key* key) const noexcept {
    if (key == nullptr || key->subject == nullptr) return nullptr;
    return dictionaries_.for_writing(view(key->subject->category));
}

aurelis_status ZstdSerializer::encode(aurelis_call* call, const aurelis_key* key, std::string_view source, char* room,
                                      size_t room_bytes, size_t& written) const noexcept {
    if (source.size() > kSourceBytesMax) return AURELIS_DECLINED;
    written = 0;
    Contexts& contexts = Contexts::of_this_thread();
    ZSTD_CCtx* context = contexts.for_writing(source.size());
    if (context == nullptr) return plugin::report(call, AURELIS_E_NOMEM, "zstd: out of memory for a context");
    const ZSTD_CDict* dictionary = dictionary_for(key);
    const size_t made =
        dictionary != nullptr
            ? ZSTD_compress_usingCDict(context, room, room_bytes, source.data(), source.size(), dictionary)
            : ZSTD_compressCCtx(context, room, room_bytes, source.data(), source.size(), level_);
    contexts.keep_within_bound(source.size());
    if (ZSTD_isError(made)) return status_of_failure(call, made);
    written = made;
    return AURELIS_OK;
}

aurelis_status ZstdSerializer::decode(aurelis_call* call, const aurelis_key*, std::string_view source, char* room,
                                      size_t room_bytes, size_t& written) const noexcept {
    written = 0;
    if (!is_one_frame(source)) return AURELIS_E_CORRUPT;
    const unsigned long long content = ZSTD_getFrameContentSize(source.data(), source.size());
    if (content == ZSTD_CONTENTSIZE_UNKNOWN || content == ZSTD_CONTENTSIZE_ERROR) return AURELIS_E_CORRUPT;
    if (content > room_bytes) {
        written = content;
        return AURELIS_E_SPACE;
    }
    const unsigned id = ZSTD_getDictID_fromFrame(source.data(), source.size());
    const ZSTD_DDict* dictionary = id != 0 ? dictionaries_.for_reading(id) : nullptr;
    if (id != 0 && dictionary == nullptr) return AURELIS_NOT_FOUND;
    ZSTD_DCtx* context = Contexts::of_this_thread().for_reading();
    if (context == nullptr) return plugin::report(call, AURELIS_E_NOMEM, "zstd: out of memory for a context");
    const size_t made =
        dictionary != nullptr
            ? ZSTD_decompress_usingDDict(context, room, room_bytes, source.data(), source.size(), dictionary)
            : ZSTD_decompressDCtx(context, room, room_bytes, source.data(), source.size());
    if (ZSTD_isError(made)) return AURELIS_E_CORRUPT;
    written = made;
    return AURELIS_OK;
}

}  // namespace aurelis::zstd
