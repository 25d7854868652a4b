// Policy: what the configuration decides for the entries of a category. Policies: those of all categories, by name, by
// glob, and the one for the rest. Leaves to others: terms of a single call (entry_terms), reading YAML (config).
// Threads: any; immutable once the cache is open.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

class Chain;
class Coalescer;

// The defaults of a category.
struct Policy {
    std::string name = "default";  // The key of `categories` that it comes from.
    std::optional<Ttl> ttl;
    int64_t stale_ns = 0;
    int64_t idle_ns = 0;          // How long an entry that is not used lives; 0: as long as one that is.
    bool can_slide = true;        // The layers can keep such entries.
    double jitter = 0;            // The share of its ttl by which an entry may end earlier.
    int64_t negative_ttl_ns = 0;  // How long it is remembered that there is no value; 0: not at all.
    int64_t failure_pause_ns = int64_t{30} * 1'000'000'000;  // How long an origin that failed is left alone.
    EarlyRefresh refresh;
    int64_t soft_timeout_ns = 0;  // How long a load is awaited with a stale value at hand,
    int64_t hard_timeout_ns = 0;  // and without one; 0: no limit.
    int64_t coalesce_window_ns = 0;  // How long single loads by the origin wait for others; 0: not at all.
    size_t coalesce_max = CategoryConfig::kCoalesceMax;
    std::string origin;  // "users_db", "host:NAME", or empty.
    std::vector<std::string> tags;
    bool require_persistent = false;  // A set that no persistent layer takes is an error.
    // An entry that says nothing itself has one.
    bool has_stale_time() const noexcept { return stale_ns != 0 && ttl && !ttl->never; }
    Chain* chain = nullptr;          // What its calls go through; never NULL in an open cache.
    Coalescer* coalescer = nullptr;  // NULL: there is no window.
};

class Policies {
public:
    Policies() = default;
    // Each category takes from `default` what it does not say itself.
    explicit Policies(const Config& config);

    // The policy of the category of that name: the one that is configured under exactly this name, else that of the
    // most exact glob that matches it, else that of `default`.
    const Policy& of(std::string_view category) const noexcept;
    const Policy& otherwise() const noexcept { return otherwise_; }
    // The policy that is configured under this key, a name or a glob; the one of `default` if there is none.
    Policy& configured_as(std::string_view key) noexcept;

    // Calls work(policy) for each.
    template <typename Work>
    void for_each(Work&& work) {
        work(otherwise_);
        for (auto& [name, policy] : by_name_) work(policy);
        for (Policy& policy : by_glob_) work(policy);
    }

private:
    Policy otherwise_;
    std::map<std::string, Policy, std::less<>> by_name_;
    std::deque<Policy> by_glob_;  // The most exact first, equally exact ones in the order of the file.
};

}  // namespace aurelis::core
