#include "base/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace aurelis::core {
namespace {
XXH3_state_t* state(unsigned char* bytes) noexcept { return reinterpret_cast<XXH3_state_t*>(bytes); }
}  // namespace

static_assert(sizeof(XXH3_state_t) <= 576 && alignof(XXH3_state_t) <= 64);

uint64_t hash_bytes(const void* data, size_t size) noexcept { return XXH3_64bits(data, size); }

Checksum::Checksum() noexcept { XXH3_64bits_reset(state(state_)); }
Checksum::~Checksum() = default;
void Checksum::add(const void* data, size_t size) noexcept {
    if (size != 0) XXH3_64bits_update(state(state_), data, size);
}
uint64_t Checksum::value() const noexcept {
    return XXH3_64bits_digest(reinterpret_cast<const XXH3_state_t*>(state_));
}

}  // namespace aurelis::core
