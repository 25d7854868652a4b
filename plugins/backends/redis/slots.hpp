// Slots of a cluster: which of the 16,384 a key belongs to (CRC-16 of the key, or of the part in braces; Redis Cluster
// specification, "Key distribution model"), and which node serves which, as CLUSTER SLOTS tells it.
#pragma once

#include "address.hpp"
#include "reply.hpp"

#include <string_view>
#include <vector>

namespace aurelis::redis {

inline constexpr size_t kSlotCount = 16384;

uint16_t slot_of(std::string_view key) noexcept;

struct SlotRange {
    uint16_t first = 0;
    uint16_t last = 0;
    Address master;
    std::vector<Address> replicas;
};

// asked: the node that answered; it may omit its own host.
Result<std::vector<SlotRange>> parse_slots(const Reply& answer, const Address& asked);

// "MOVED 3999 host:port", "ASK 3999 host:port"; from: the node that sent it.
struct Redirection {
    bool asks = false;
    uint16_t slot = 0;
    Address to;
};
Result<Redirection> parse_redirection(std::string_view line, const Address& from);

}  // namespace aurelis::redis
