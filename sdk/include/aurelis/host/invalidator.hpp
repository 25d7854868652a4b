// Invalidator: rules that say which entries an event invalidates, and the invalidations themselves, under the names of
// the Python system that this project grew out of. The same calls as those of Cache.
#pragma once

#include <aurelis/host/cache.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aurelis {

// The cache must outlive it. Any thread.
class Invalidator {
public:
    explicit Invalidator(const Cache& cache) noexcept : cache_(&cache) {}

    // Targets as of Cache::set_rule. Registering a trigger again replaces its targets.
    Result<void> register_invalidation_rule(std::string_view trigger, const std::vector<std::string>& targets) const {
        return cache_->set_rule(trigger, targets);
    }
    // An event without a rule invalidates nothing, and the report says so (`events_without_rule`).
    Result<InvalidationReport> invalidate_on_event(std::string_view event, const EventContext& context = {}) const {
        return cache_->invalidate_on_event(event, context);
    }
    Result<InvalidationReport> invalidate_category(std::string_view category) const {
        AURELIS_TRY(opened, cache_->category(category));
        return opened.invalidate_all();
    }
    Result<InvalidationReport> invalidate_pattern(std::string_view pattern) const {
        return cache_->invalidate({.pattern = std::string(pattern)});
    }
    Result<InvalidationReport> invalidate_tag(std::string_view tag) const {
        return cache_->invalidate({.tag = std::string(tag)});
    }

private:
    const Cache* cache_;
};

}  // namespace aurelis
