// Envelope: sealing and opening.
#include "envelope.hpp"

#include "digest.hpp"
#include "jitter.hpp"

namespace aurelis::redis {

namespace {

void put(char* to, uint64_t value, int bytes) noexcept {
    for (int i = 0; i < bytes; ++i) to[i] = static_cast<char>(value >> (8 * (bytes - 1 - i)));
}

uint64_t get(const char* from, int bytes) noexcept {
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(from[i]);
    return value;
}

}  // namespace

std::optional<Envelope> Envelope::open(std::string_view bytes) noexcept {
    if (bytes.size() < kBytes || bytes.substr(0, 2) != "\xa7r" || bytes[3] != '1') return std::nullopt;
    if (bytes[2] != 'v' && bytes[2] != 't') return std::nullopt;
    Envelope found;
    found.is_value = bytes[2] == 'v';
    found.version = get(bytes.data() + 4, 8);
    found.end_ms = static_cast<int64_t>(get(bytes.data() + kEndOffset, 8));
    found.check = static_cast<uint32_t>(get(bytes.data() + 20, 4));
    return found;
}

std::array<char, Envelope::kBytes> Envelope::sealed() const noexcept {
    std::array<char, kBytes> made{'\xa7', 'r', is_value ? 'v' : 't', '1'};
    put(made.data() + 4, version, 8);
    put(made.data() + kEndOffset, static_cast<uint64_t>(end_ms), 8);
    put(made.data() + 20, check, 4);
    return made;
}

uint64_t draw_version() noexcept {
    uint64_t drawn = random_number();
    while (drawn <= Envelope::kUnreadable) drawn = random_number();
    return drawn;
}

uint32_t check_of(std::string_view key) noexcept {
    const uint64_t digest = digest_of(key);
    return static_cast<uint32_t>(digest ^ digest >> 32);
}

std::string_view version_bytes(uint64_t version, std::array<char, 8>& room) noexcept {
    if (version == 0) return {};
    put(room.data(), version, 8);
    return {room.data(), room.size()};
}

}  // namespace aurelis::redis
