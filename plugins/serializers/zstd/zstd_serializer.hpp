// ZstdSerializer: each value as one Zstandard frame (RFC 8878) with the size of the value and, if one was used, the ID
// of its dictionary:
//
//   28 b5 2f fd     magic
//   1 byte          which fields follow; single segment
//   0 or 4 bytes    ID of the dictionary
//   1 to 8 bytes    size of the value
//   blocks          no checksum: the core's frame has one over all of it
//
// Only one such frame is read; frames without a size, skippable frames and anything after the frame are damage.
// Leaves to others: the dictionaries (dictionaries.hpp), and when compressing is worth it.
#pragma once

#include "dictionaries.hpp"

#include <aurelis/abi.h>
#include <aurelis/plugin/options.hpp>
#include <aurelis/plugin/store.hpp>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace aurelis::zstd {

// Immutable; safe from any thread.
class ZstdSerializer {
public:
    static constexpr uint8_t kFormatId = 5;
    static constexpr uint64_t kCaps = AURELIS_STAGE_COMPRESSES;
    static constexpr auto kLevel =
        plugin::Option(AURELIS_OPT_INT, "level", "-7 is fastest, 19 smallest; 0 means 3.")
            .or_else("3")
            .at_least("-7")
            .at_most("19");
    static constexpr auto kDictionaries =
        plugin::Option(AURELIS_OPT_ANY, "dictionaries",
                       "Dictionary files per category: the first is used for "
                       "writing, all for reading; made by 'aurelis dictionary train'.");
    static constexpr std::array<const aurelis_option*, 2> kOptions{&kLevel, &kDictionaries};

    static Result<std::unique_ptr<ZstdSerializer>> create(const plugin::Setup& setup);

    size_t bound(size_t source_bytes) const noexcept;
    aurelis_status encode(aurelis_call* call, const aurelis_key* key, std::string_view source, char* room,
                          size_t room_bytes, size_t& written) const noexcept;
    aurelis_status decode(aurelis_call* call, const aurelis_key*, std::string_view source, char* room,
                          size_t room_bytes, size_t& written) const noexcept;

private:
    ZstdSerializer(int level, Dictionaries dictionaries) : level_(level), dictionaries_(std::move(dictionaries)) {}

    const ZSTD_CDict* dictionary_for(const aurelis_key* key) const noexcept;

    int level_;
    Dictionaries dictionaries_;
};

}  // namespace aurelis::zstd
