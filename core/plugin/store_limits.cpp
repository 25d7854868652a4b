#include "plugin/store_limits.hpp"

#include "base/clock.hpp"

namespace aurelis::core {

bool StoreLimits::learn(aurelis_store* store) {
    aurelis_limits said{};
    said.struct_size = sizeof said;
    store->ops->limits(store, &said);
    said_ = said;
    if (said_.key_max != 0) key_max_ = said_.key_max;
    if (said_.ttl_max_ns < 0) said_.ttl_max_ns = 0;
    return said_.key_max != 0 || said_.value_max != 0 || said_.batch_max != 0 || said_.ttl_max_ns != 0;
}

int64_t StoreLimits::end_of_life(int64_t now_wall, int64_t expires_wall) noexcept {
    if (said_.ttl_max_ns == 0) return expires_wall;
    const int64_t most = saturating_add(now_wall, said_.ttl_max_ns);
    if (expires_wall != 0 && expires_wall <= most) return expires_wall;
    count(kLivesShortened);
    return most;
}

}  // namespace aurelis::core
