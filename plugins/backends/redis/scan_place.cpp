// ScanPlace: fixed-size numbers in the machine's own order, as the bytes never leave the process; then the keys.
#include "scan_place.hpp"

#include <cstring>

namespace aurelis::redis {

namespace {

constexpr std::string_view kMark = "rsp1";
constexpr size_t kKeyBytesMost = 64 << 10;

template <typename Number>
void put(std::string& to, Number value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    to.append(raw, sizeof raw);
}

template <typename Number>
bool take(std::string_view& from, Number& value) noexcept {
    if (from.size() < sizeof value) return false;
    std::memcpy(&value, from.data(), sizeof value);
    from.remove_prefix(sizeof value);
    return true;
}

}  // namespace

std::string ScanPlace::written() const {
    std::string bytes(kMark);
    put(bytes, shape);
    put(bytes, run);
    put(bytes, master);
    put(bytes, cursor);
    for (const std::string& key : pending) {
        put(bytes, static_cast<uint32_t>(key.size()));
        bytes += key;
    }
    return bytes;
}

Result<ScanPlace> ScanPlace::read(std::string_view bytes) {
    ScanPlace place;
    const auto odd = [] {
        return fail(AURELIS_E_INVALID, "this is not a position at which a scan of redis can continue");
    };
    if (bytes.substr(0, kMark.size()) != kMark) return odd();
    bytes.remove_prefix(kMark.size());
    if (!take(bytes, place.shape) || !take(bytes, place.run) || !take(bytes, place.master) ||
        !take(bytes, place.cursor))
        return odd();
    while (!bytes.empty()) {
        uint32_t size = 0;
        if (!take(bytes, size) || size > bytes.size() || size > kKeyBytesMost) return odd();
        place.pending.emplace_back(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return place;
}

}  // namespace aurelis::redis
