// The buckets of the ghost.
#include "ghost.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace aurelis::memory {

Ghost::~Ghost() { std::free(buckets_); }

bool Ghost::resize(uint32_t table_bits) noexcept {
    const uint32_t bits = bucket_bits(table_bits);
    auto* room = static_cast<Bucket*>(std::calloc(size_t{1} << bits, sizeof(Bucket)));
    if (room == nullptr) return false;
    Bucket* old = std::exchange(buckets_, room);
    const size_t old_count = old != nullptr ? size_t{1} << bits_ : 0;
    bits_ = bits;
    for (size_t i = 0; i < old_count; ++i) {
        for (size_t way = kWays; way-- > 0;) {
            if (old[i].tags[way] != 0) remember(old[i].tags[way]);
        }
    }
    std::free(old);
    return true;
}

void Ghost::remember(uint32_t tag) noexcept {
    Bucket& at = bucket(tag);
    std::memmove(at.tags + 1, at.tags, sizeof at.tags - sizeof at.tags[0]);
    at.tags[0] = word(tag);
}

bool Ghost::recall(uint32_t tag) noexcept {
    Bucket& at = bucket(tag);
    for (size_t way = 0; way < kWays; ++way) {
        if (at.tags[way] != word(tag)) continue;
        std::memmove(at.tags + way, at.tags + way + 1, (kWays - 1 - way) * sizeof at.tags[0]);
        at.tags[kWays - 1] = 0;
        return true;
    }
    return false;
}

}  // namespace aurelis::memory
