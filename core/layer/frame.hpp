// The frame: an entry as a persistent, shared or encoded layer stores it. It proves that a stored value is the one that
// was stored under this key, and describes how to read it without any configuration. Version 1, little endian:
//
//   offset 0   4 bytes  "AuRf"
//          4   u8       version, 1
//          5   u8       number of stages, at most 16
//          6   u16      size of the fixed header, 64; readers skip what they do not know
//          8   i64      created   16  i64  stale   24  i64  expires      (nanoseconds since the Unix epoch, see abi.h)
//         32   u32      flags     36  u32  cost
//         40   u32      size of the attributes     44  u32  0
//         48   u64      size of the payload
//         56   u64      checksum: XXH3-64 over the key, then the whole frame with this field 0
//         64   stages   9 bytes each: u8 format id, u64 size before the stage; in the order of encoding
//              attributes (packed as in types.h: tags, identity ...; the whole key first, if it is stored
//              under a digest), payload
//
// The checksum covers the key, since databases have been known to return the value of one row for another.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/bytes.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace aurelis::core {

struct FrameStage {
    uint8_t format_id = 0;
    uint64_t size_before = 0;
};

struct FrameView {  // Views into the frame's bytes.
    static constexpr size_t kStagesMax = 16;

    aurelis_meta meta{};  // version is 0: the store returns it with the entry.
    std::string_view attrs;
    std::string_view payload;
    std::array<FrameStage, kStagesMax> stages{};
    size_t stage_count = 0;
};

// The format ids of a frame's stages.
struct FormatIds {
    std::array<char, FrameView::kStagesMax> ids{};
    size_t count = 0;

    FormatIds() = default;
    explicit FormatIds(const FrameView& frame) noexcept : count(frame.stage_count) {
        for (size_t i = 0; i < count; ++i) ids[i] = static_cast<char>(frame.stages[i].format_id);
    }
    std::string_view view() const noexcept { return {ids.data(), count}; }
};

// Why a frame was not opened; kFine if it was.
enum class FrameFault : uint8_t { kFine, kForeign, kVersion, kTruncated, kChecksum };
const char* fault_name(FrameFault fault) noexcept;

// A new buffer with the frame; empty (ops NULL) if there is no memory or the attributes exceed 4 GiB.
Pinned seal_frame(std::string_view key, const FrameView& content) noexcept;
FrameFault open_frame(std::string_view key, std::string_view bytes, FrameView& out) noexcept;

}  // namespace aurelis::core
