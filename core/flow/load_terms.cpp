#include "flow/load_terms.hpp"

#include <cmath>
#include <random>

namespace aurelis::core {
namespace {

constexpr uint32_t kLoadFlags = AURELIS_LOAD_FRESH_ONLY | AURELIS_LOAD_FAILURE_PAUSE | AURELIS_LOAD_DEFAULT |
                                AURELIS_LOAD_SOFT_TIMEOUT | AURELIS_LOAD_HARD_TIMEOUT | AURELIS_LOAD_REFRESH_AT |
                                AURELIS_LOAD_REFRESH_PROBABILISTIC;

const char* mistake_in_times(const aurelis_computation& said) noexcept {
    const auto has = [&](uint32_t flag) { return (said.flags & flag) != 0; };
    if ((said.keep == nullptr) != (said.release == nullptr))
        return "of keep and release only one is given; give both, or none";
    if (said.soft_timeout_ns < 0 || said.hard_timeout_ns < 0)
        return "the soft and the hard time-out must not be below 0; 0 means none";
    if (said.soft_timeout_ns > kLongestNs || said.hard_timeout_ns > kLongestNs)
        return "the soft or the hard time-out is longer than 106751 days; give a shorter one";
    if (!has(AURELIS_LOAD_SOFT_TIMEOUT) && said.soft_timeout_ns != 0)
        return "soft_timeout_ns is set without AURELIS_LOAD_SOFT_TIMEOUT in flags; set both";
    if (!has(AURELIS_LOAD_HARD_TIMEOUT) && said.hard_timeout_ns != 0)
        return "hard_timeout_ns is set without AURELIS_LOAD_HARD_TIMEOUT in flags; set both";
    if (!has(AURELIS_LOAD_REFRESH_AT) && said.refresh_at != 0)
        return "refresh_at is set without AURELIS_LOAD_REFRESH_AT in flags; set both";
    if (has(AURELIS_LOAD_REFRESH_AT) && has(AURELIS_LOAD_REFRESH_PROBABILISTIC))
        return "a share of the ttl and a probabilistic refresh are given; give one of them";
    if (!(said.refresh_at >= 0 && said.refresh_at < 1))
        return "refresh_at must be at least 0 and below 1; it is a share of the ttl, and 0 means not before its end";
    return nullptr;
}

}  // namespace

bool is_due(const EarlyRefresh& refresh, const aurelis_meta& meta, int64_t now_wall) noexcept {
    const int64_t end = meta.stale_wall != 0 ? meta.stale_wall : meta.expires_wall;
    if (end == 0 || now_wall >= end) return false;
    if (!refresh.is_probabilistic) {
        const auto passed = static_cast<double>(now_wall - meta.created_wall);
        return passed >= refresh.share * static_cast<double>(end - meta.created_wall);
    }
    thread_local std::minstd_rand random(std::random_device{}());
    const double chance = (static_cast<double>(random()) + 1) / (static_cast<double>(random.max()) + 2);
    return static_cast<double>(meta.cost) * 1000 * -std::log(chance) >= static_cast<double>(end - now_wall);
}

const char* LoadTerms::take(const Policy& policy, const aurelis_computation& said, bool allows_stale,
                            bool has_stale_time) {
    const auto has = [&](uint32_t flag) { return (said.flags & flag) != 0; };
    if ((said.flags & ~kLoadFlags) != 0)
        return "the flags of the computation have bits that this library does not know; leave them out, or use a newer "
               "one";
    const bool fresh_only = has(AURELIS_LOAD_FRESH_ONLY);
    if (fresh_only && allows_stale)
        return "stale values are both allowed and excluded; leave out AURELIS_READ_ALLOW_STALE or "
               "AURELIS_LOAD_FRESH_ONLY";
    if (said.failure_pause_ns < 0) return "the failure pause must not be below 0; 0 means none";
    if (said.failure_pause_ns > kLongestNs) return "the failure pause is longer than 106751 days; give a shorter one";
    if (!has(AURELIS_LOAD_FAILURE_PAUSE) && said.failure_pause_ns != 0)
        return "failure_pause_ns is set without AURELIS_LOAD_FAILURE_PAUSE in flags; set both";
    if (said.default_value.size != 0 && said.default_value.data == nullptr)
        return "the default value has a size but no data; point it to its bytes";
    if (!has(AURELIS_LOAD_DEFAULT) && said.default_value.size != 0)
        return "default_value is set without AURELIS_LOAD_DEFAULT in flags; set both";
    if (const char* mistake = mistake_in_times(said)) return mistake;
    stale_is_answer = !fresh_only && (allows_stale || has_stale_time);
    failure_pause_ns = has(AURELIS_LOAD_FAILURE_PAUSE) ? said.failure_pause_ns : policy.failure_pause_ns;
    may_go_on = (said.run == nullptr && said.run_many == nullptr) || said.keep != nullptr;
    soft_timeout_ns = has(AURELIS_LOAD_SOFT_TIMEOUT) ? said.soft_timeout_ns : policy.soft_timeout_ns;
    hard_timeout_ns = has(AURELIS_LOAD_HARD_TIMEOUT) ? said.hard_timeout_ns : policy.hard_timeout_ns;
    refresh = policy.refresh;
    if (has(AURELIS_LOAD_REFRESH_AT)) refresh = {said.refresh_at, false};
    if (has(AURELIS_LOAD_REFRESH_PROBABILISTIC)) refresh = {0, true};
    default_value = has(AURELIS_LOAD_DEFAULT) ? &said.default_value : nullptr;
    return nullptr;
}

}  // namespace aurelis::core
