// Slots: CRC-16/XMODEM by a table made at compile time, and the answers of a cluster.
#include "slots.hpp"

#include <array>
#include <charconv>

namespace aurelis::redis {

namespace {

constexpr std::array<uint16_t, 256> kCrcTable = [] {
    std::array<uint16_t, 256> table{};
    for (unsigned i = 0; i < 256; ++i) {
        unsigned crc = i << 8;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000u) != 0 ? (crc << 1) ^ 0x1021u : crc << 1;
        table[i] = static_cast<uint16_t>(crc);
    }
    return table;
}();

Error odd() { return fail(AURELIS_E_UNAVAILABLE, "the cluster's slot map cannot be understood"); }

Result<Address> parse_node(const Reply& node, const Address& asked) {
    if (node.items.size() < 2 || !node.items[1].is(Reply::Kind::Integer)) return odd();
    const int64_t port = node.items[1].number;
    if (port < 1 || port > 65535) return odd();
    Address address;
    address.host = node.items[0].text;
    // Empty, NULL or "?": the node does not know the name by which we reach it, but we do.
    if (address.host.empty() || address.host == "?") address.host = asked.host;
    address.port = static_cast<uint16_t>(port);
    return address;
}

}  // namespace

uint16_t slot_of(std::string_view key) noexcept {
    if (const size_t open = key.find('{'); open != std::string_view::npos) {
        const size_t close = key.find('}', open + 1);
        if (close != std::string_view::npos && close != open + 1) key = key.substr(open + 1, close - open - 1);
    }
    unsigned crc = 0;
    for (const char c : key)
        crc = ((crc << 8) ^ kCrcTable[((crc >> 8) ^ static_cast<unsigned char>(c)) & 0xffu]) & 0xffffu;
    return static_cast<uint16_t>(crc % kSlotCount);
}

Result<std::vector<SlotRange>> parse_slots(const Reply& answer, const Address& asked) {
    if (!answer.is(Reply::Kind::Array)) return odd();
    std::vector<SlotRange> ranges;
    for (const Reply& one : answer.items) {
        if (one.items.size() < 3) return odd();
        const int64_t first = one.items[0].number, last = one.items[1].number;
        if (first < 0 || last < first || last >= static_cast<int64_t>(kSlotCount)) return odd();
        SlotRange range;
        range.first = static_cast<uint16_t>(first);
        range.last = static_cast<uint16_t>(last);
        AURELIS_TRY(master, parse_node(one.items[2], asked));
        range.master = std::move(master);
        for (size_t i = 3; i < one.items.size(); ++i) {
            AURELIS_TRY(replica, parse_node(one.items[i], asked));
            range.replicas.push_back(std::move(replica));
        }
        ranges.push_back(std::move(range));
    }
    return ranges;
}

Result<Redirection> parse_redirection(std::string_view line, const Address& from) {
    Redirection made;
    made.asks = line.substr(0, 4) == "ASK ";
    const size_t begin = line.find(' ') + 1;
    const size_t space = line.find(' ', begin);
    const size_t colon = line.rfind(':');
    if (begin == 0 || space == std::string_view::npos || colon == std::string_view::npos || colon < space) return odd();
    const std::string_view slot = line.substr(begin, space - begin), port = line.substr(colon + 1);
    std::from_chars(slot.data(), slot.data() + slot.size(), made.slot);
    std::from_chars(port.data(), port.data() + port.size(), made.to.port);
    made.to.host = line.substr(space + 1, colon - space - 1);
    if (made.to.host.empty() || made.to.host == "?") made.to.host = from.host;
    if (made.slot >= kSlotCount || made.to.port == 0) return odd();
    return made;
}

}  // namespace aurelis::redis
