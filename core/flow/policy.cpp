#include "flow/policy.hpp"

#include <aurelis/base/glob.hpp>

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr std::string_view kDefault = "default";

Policy policy_of(const CategoryConfig& category, const CategoryConfig& fallback) {
    Policy policy;
    policy.name = category.name;
    policy.ttl = category.ttl ? category.ttl : fallback.ttl;
    policy.stale_ns = category.stale_ns ? *category.stale_ns : fallback.stale_ns.value_or(0);
    policy.idle_ns = category.idle_ns.value_or(fallback.idle_ns.value_or(0));
    policy.jitter = category.jitter.value_or(fallback.jitter.value_or(0));
    policy.negative_ttl_ns = category.negative_ttl_ns.value_or(fallback.negative_ttl_ns.value_or(0));
    if (const auto& pause = category.failure_pause_ns ? category.failure_pause_ns : fallback.failure_pause_ns)
        policy.failure_pause_ns = *pause;
    policy.refresh = category.refresh.value_or(fallback.refresh.value_or(EarlyRefresh{}));
    policy.soft_timeout_ns = category.soft_timeout_ns.value_or(fallback.soft_timeout_ns.value_or(0));
    policy.hard_timeout_ns = category.hard_timeout_ns.value_or(fallback.hard_timeout_ns.value_or(0));
    policy.coalesce_window_ns = category.coalesce_window_ns.value_or(fallback.coalesce_window_ns.value_or(0));
    policy.coalesce_max =
        category.coalesce_max.value_or(fallback.coalesce_max.value_or(size_t{CategoryConfig::kCoalesceMax}));
    policy.origin = category.origin.empty() ? fallback.origin : category.origin;
    policy.tags = category.tags ? *category.tags : fallback.tags.value_or(std::vector<std::string>{});
    policy.require_persistent = category.require_persistent.value_or(fallback.require_persistent.value_or(false));
    std::sort(policy.tags.begin(), policy.tags.end());
    return policy;
}

}  // namespace

Policies::Policies(const Config& config) {
    const CategoryConfig none;
    const CategoryConfig* const configured = config.category(kDefault);
    const CategoryConfig& fallback = configured != nullptr ? *configured : none;
    if (configured != nullptr) otherwise_ = policy_of(fallback, none);
    for (const CategoryConfig& category : config.categories) {
        if (&category == configured) continue;
        if (category.is_glob())
            by_glob_.push_back(policy_of(category, fallback));
        else
            by_name_.emplace(category.name, policy_of(category, fallback));
    }
    std::stable_sort(by_glob_.begin(), by_glob_.end(), [](const Policy& one, const Policy& other) {
        return glob_literals(one.name) > glob_literals(other.name);
    });
}

const Policy& Policies::of(std::string_view category) const noexcept {
    if (const auto named = by_name_.find(category); named != by_name_.end()) return named->second;
    if (category == kDefault) return otherwise_;
    for (const Policy& policy : by_glob_)
        if (glob_fits(policy.name, category)) return policy;
    return otherwise_;
}

Policy& Policies::configured_as(std::string_view key) noexcept {
    if (const auto named = by_name_.find(key); named != by_name_.end()) return named->second;
    for (Policy& policy : by_glob_)
        if (policy.name == key) return policy;
    return otherwise_;
}

}  // namespace aurelis::core
