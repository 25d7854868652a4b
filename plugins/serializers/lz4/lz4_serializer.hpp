// Lz4Serializer: each value as one LZ4 frame (frame.hpp), its blocks made by LZ4's fast or its HC compressor, and read
// straight into the caller's room. Only frames of the form that it writes are read. Leaves to others: the memory of the
// compressors (compressor.hpp), and when compressing is worth it.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>
#include <aurelis/plugin/options.hpp>
#include <aurelis/plugin/store.hpp>

#include <array>
#include <memory>
#include <string_view>

namespace aurelis::lz4 {

// Immutable; safe from any thread.
class Lz4Serializer {
public:
    static constexpr uint8_t kFormatId = 4;
    static constexpr uint64_t kCaps = AURELIS_STAGE_COMPRESSES;
    static constexpr auto kLevel =
        plugin::Option(AURELIS_OPT_INT, "level",
                       "1 is LZ4's fast compressor; 2 to 12 are levels of HC, smaller and slower.")
            .or_else("1")
            .at_least("1")
            .at_most("12");
    static constexpr auto kAcceleration =
        plugin::Option(AURELIS_OPT_INT, "acceleration", "With level 1: each step up is faster and compresses less.")
            .or_else("1")
            .at_least("1")
            .at_most("65537");
    static constexpr std::array<const aurelis_option*, 2> kOptions{&kLevel, &kAcceleration};

    static Result<std::unique_ptr<Lz4Serializer>> create(const plugin::Setup& setup);

    size_t bound(size_t source_bytes) const noexcept;
    aurelis_status encode(aurelis_call* call, const aurelis_key* key, std::string_view source, char* room,
                          size_t room_bytes, size_t& written) const noexcept;
    aurelis_status decode(aurelis_call* call, const aurelis_key*, std::string_view source, char* room,
                          size_t room_bytes, size_t& written) const noexcept;

private:
    Lz4Serializer(int level, int acceleration) noexcept : level_(level), acceleration_(acceleration) {}

    int level_;
    int acceleration_;
};

}  // namespace aurelis::lz4
