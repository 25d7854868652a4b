// The values of the main job.
#include "run/page_values.hpp"

#include <cmath>
#include <cstring>

namespace aurelis::cli {
namespace {

constexpr double kSizeMin = 200;
constexpr double kSizeMax = 8192;

uint64_t mixed(uint64_t x) noexcept {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

uint64_t hash_of(std::string_view key) noexcept {
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : key) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
    return mixed(hash);
}

// The key inside a JSON string. Bytes that are not ASCII text become '?': the filler distinguishes such keys.
void append_quoted(std::string& text, std::string_view key) {
    for (const char c : key) {
        if (c == '"' || c == '\\') text += '\\';
        text += c >= 0x20 && c < 0x7f ? c : '?';
    }
}

// Eight letters from a to p at a time, the same on every machine.
void append_filler(std::string& text, size_t size, uint64_t seed) {
    const size_t begin = text.size();
    text.resize(begin + size);
    for (size_t at = 0; at < size; at += 8) {
        const uint64_t letters =
            (mixed(seed += 0x9e3779b97f4a7c15u) & 0x0f0f0f0f0f0f0f0fu) + 0x6161616161616161u;
        for (size_t i = 0; i < 8 && at + i < size; ++i)
            text[begin + at + i] = static_cast<char>(letters >> 8 * i);
    }
}

}  // namespace

uint64_t PageValues::size_of(uint64_t hash) const noexcept {
    if (value_bytes_ != 0) return value_bytes_;
    const double share = static_cast<double>(hash >> 11) / 9007199254740992.0;  // 2^53
    return static_cast<uint64_t>(kSizeMin * std::pow(kSizeMax / kSizeMin, share));
}

std::string_view PageValues::make(std::string_view key) {
    constexpr std::string_view kHead = "{\"page\":\"", kMiddle = "\",\"text\":\"", kEnd = "\"}";
    const uint64_t hash = hash_of(key);
    value_.assign(kHead);
    append_quoted(value_, key);
    value_.append(kMiddle);
    const uint64_t wanted = size_of(mixed(hash + 1));
    const size_t used = value_.size() + kEnd.size();
    append_filler(value_, wanted > used + 16 ? wanted - used : 16, hash);
    value_.append(kEnd);
    return value_;
}

}  // namespace aurelis::cli
