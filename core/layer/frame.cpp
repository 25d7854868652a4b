#include "layer/frame.hpp"

#include "base/buffer.hpp"
#include "base/hash.hpp"

#include <cstring>

namespace aurelis::core {
namespace {

constexpr char kMagic[4] = {'A', 'u', 'R', 'f'};
constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 64;
constexpr size_t kChecksumAt = 56;
constexpr size_t kStageBytes = 9;

template <typename T>
void put(unsigned char* to, T value) noexcept {
    for (size_t i = 0; i < sizeof value; ++i)
        to[i] = static_cast<unsigned char>(static_cast<uint64_t>(value) >> (8 * i));
}
template <typename T>
T take(const unsigned char* from) noexcept {
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) value |= uint64_t{from[i]} << (8 * i);
    return static_cast<T>(value);
}

uint64_t checksum_of(std::string_view key, const unsigned char* frame, size_t size) noexcept {
    constexpr unsigned char kZero[8] = {};
    Checksum sum;
    sum.add(key.data(), key.size());
    sum.add(frame, kChecksumAt);
    sum.add(kZero, sizeof kZero);
    sum.add(frame + kHeaderBytes, size - kHeaderBytes);
    return sum.value();
}

}  // namespace

const char* fault_name(FrameFault fault) noexcept {
    switch (fault) {
        case FrameFault::kFine: return "fine";
        case FrameFault::kForeign: return "not a frame of aurelis";
        case FrameFault::kVersion: return "a frame of a newer version";
        case FrameFault::kTruncated: return "truncated, or its sizes do not add up";
        case FrameFault::kChecksum: return "the checksum does not match";
    }
    return "unknown";
}

Pinned seal_frame(std::string_view key, const FrameView& content) noexcept {
    if (content.attrs.size() > UINT32_MAX || content.stage_count > FrameView::kStagesMax) return Pinned{};
    const size_t stages = content.stage_count * kStageBytes;
    const size_t size = kHeaderBytes + stages + content.attrs.size() + content.payload.size();
    void* room = nullptr;
    Pinned buffer(new_buffer(size, &room));
    if (room == nullptr) return Pinned{};
    auto* const frame = static_cast<unsigned char*>(room);
    std::memset(frame, 0, kHeaderBytes);
    std::memcpy(frame, kMagic, sizeof kMagic);
    frame[4] = kVersion;
    frame[5] = static_cast<unsigned char>(content.stage_count);
    put<uint16_t>(frame + 6, kHeaderBytes);
    put<int64_t>(frame + 8, content.meta.created_wall);
    put<int64_t>(frame + 16, content.meta.stale_wall);
    put<int64_t>(frame + 24, content.meta.expires_wall);
    put<uint32_t>(frame + 32, content.meta.flags);
    put<uint32_t>(frame + 36, content.meta.cost);
    put<uint32_t>(frame + 40, static_cast<uint32_t>(content.attrs.size()));
    put<uint64_t>(frame + 48, content.payload.size());
    unsigned char* to = frame + kHeaderBytes;
    for (size_t i = 0; i < content.stage_count; ++i, to += kStageBytes) {
        to[0] = content.stages[i].format_id;
        put<uint64_t>(to + 1, content.stages[i].size_before);
    }
    if (!content.attrs.empty()) std::memcpy(to, content.attrs.data(), content.attrs.size());
    to += content.attrs.size();
    if (!content.payload.empty()) std::memcpy(to, content.payload.data(), content.payload.size());
    put<uint64_t>(frame + kChecksumAt, checksum_of(key, frame, size));
    return buffer;
}

FrameFault open_frame(std::string_view key, std::string_view bytes, FrameView& out) noexcept {
    const auto* const frame = reinterpret_cast<const unsigned char*>(bytes.data());
    if (bytes.size() < sizeof kMagic || std::memcmp(frame, kMagic, sizeof kMagic) != 0) return FrameFault::kForeign;
    if (bytes.size() < kHeaderBytes) return FrameFault::kTruncated;
    if (frame[4] != kVersion) return FrameFault::kVersion;
    const size_t stage_count = frame[5];
    const size_t header = take<uint16_t>(frame + 6);
    const uint64_t attrs_size = take<uint32_t>(frame + 40);
    const uint64_t payload_size = take<uint64_t>(frame + 48);
    if (header < kHeaderBytes || stage_count > FrameView::kStagesMax) return FrameFault::kTruncated;
    const uint64_t before_payload = header + stage_count * kStageBytes + attrs_size;
    if (before_payload > bytes.size() || payload_size != bytes.size() - before_payload) return FrameFault::kTruncated;
    if (take<uint64_t>(frame + kChecksumAt) != checksum_of(key, frame, bytes.size())) return FrameFault::kChecksum;

    out = FrameView{};
    out.meta.created_wall = take<int64_t>(frame + 8);
    out.meta.stale_wall = take<int64_t>(frame + 16);
    out.meta.expires_wall = take<int64_t>(frame + 24);
    out.meta.flags = take<uint32_t>(frame + 32);
    out.meta.cost = take<uint32_t>(frame + 36);
    out.stage_count = stage_count;
    const unsigned char* from = frame + header;
    for (size_t i = 0; i < stage_count; ++i, from += kStageBytes) out.stages[i] = {from[0], take<uint64_t>(from + 1)};
    out.attrs = bytes.substr(header + stage_count * kStageBytes, attrs_size);
    out.payload = bytes.substr(before_payload, payload_size);
    return FrameFault::kFine;
}

}  // namespace aurelis::core
