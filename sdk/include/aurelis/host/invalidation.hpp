// Which entries an invalidation selects, and what became of it. Leaves to others: the calls (cache.hpp, category.hpp).
#pragma once

#include <aurelis/host/errors.hpp>
#include <aurelis/host/options.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis {

// Entries to which everything applies that is given here, within what the call names.
struct Invalidation {
    bool soft = false;     // They become stale instead of misses.
    bool dry_run = false;  // Only count.
    bool count = false;    // Count them, which takes a walk over the layers.
    bool remove = false;   // Do not return before their bytes are removed; else that is done behind.
    std::optional<std::string> tag{};
    // A glob: full, "aurelis:*:model_responses:gpt-4o:*", or category:identifier, "user_data:42", which matches any
    // version and any params.
    std::optional<std::string> pattern{};
    std::optional<Duration> older_than{};  // Created longer ago.
    uint64_t larger_than = 0;              // Values with more bytes; 0: any.
    // Encoded by a serializer of this format id (sdk/README.md), as by a version of it that was wrong. A copy in a
    // layer without serializers does not tell, and is selected as well. 0: any.
    uint8_t format_id = 0;
    std::optional<Duration> timeout{};     // 0: none.
    const std::atomic<uint32_t>* cancel = nullptr;
    std::optional<aurelis_trace> trace{};
};

// What an event says about itself: the values of the variables in its rule.
using EventContext = std::map<std::string, std::string>;

struct InvalidationReport {
    struct Layer {
        aurelis_status status = AURELIS_OK;  // Or why it could not keep the invalidation for others, count or remove.
        std::optional<uint64_t> matched{};   // Entries that were hits and are selected; nothing: not counted.
        std::optional<uint64_t> removed{};   // Entries whose bytes are gone already; nothing: unknown.
    };
    std::vector<Layer> layers{};  // Highest first.
    bool complete = true;         // false: a layer failed.
    std::string problem{};        // Which ones and why, a line each.
    size_t targets = 0;           // Of an event.
    size_t events_without_rule = 0;  // The event itself, or those that its rule names.
    std::string without_rule{};      // Which those are, what names them and what may have been meant.
};

namespace detail {

inline std::string context_json(const EventContext& context) {
    std::string json = "{";
    const auto append_text = [&](std::string_view text) {
        constexpr char kDigits[] = "0123456789abcdef";
        json += '"';
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') json += '\\';
            if (byte < 0x20)
                json += {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
            else
                json += c;
        }
        json += '"';
    };
    for (const auto& [name, value] : context) {
        if (json.size() > 1) json += ',';
        append_text(name);
        json += ':';
        append_text(value);
    }
    return json + '}';
}

// What it points to is in `from`.
inline aurelis_invalidation invalidation(const Invalidation& from) noexcept {
    aurelis_invalidation to{};
    to.struct_size = sizeof to;
    to.flags = (from.soft ? uint32_t{AURELIS_INVALIDATE_SOFT} : 0) |
               (from.dry_run ? uint32_t{AURELIS_INVALIDATE_DRY_RUN} : 0) |
               (from.count ? uint32_t{AURELIS_INVALIDATE_COUNT} : 0) |
               (from.remove ? uint32_t{AURELIS_INVALIDATE_REMOVE} : 0);
    if (from.tag) to.tag = bytes(*from.tag);
    if (from.pattern) to.pattern = bytes(*from.pattern);
    if (from.older_than) to.older_than_ns = from.older_than->ns();
    to.larger_than = from.larger_than;
    to.format_id = from.format_id;
    if (from.timeout) to.timeout_ns = from.timeout->ns();
    to.cancel = reinterpret_cast<const uint32_t*>(from.cancel);
    if (from.trace) to.trace = &*from.trace;
    return to;
}

inline Result<InvalidationReport> invalidate(aurelis_cache* cache, const aurelis_invalidation& what) {
    aurelis_invalidation_report raw{};
    raw.struct_size = sizeof raw;
    Failure failure;
    const aurelis_status status = aurelis_invalidate(cache, &what, &raw, failure.place());
    if (status < 0) return failure.error(status);
    InvalidationReport report;
    const auto number = [](uint64_t n) { return n == UINT64_MAX ? std::optional<uint64_t>() : std::optional(n); };
    for (uint32_t i = 0; i < raw.layer_count; ++i)
        report.layers.push_back({raw.layers[i], number(raw.matched[i]), number(raw.removed[i])});
    report.complete = status != AURELIS_PARTIAL;
    if (!report.complete) report.problem = failure.error(status).message;
    report.targets = raw.target_count;
    report.events_without_rule = raw.events_without_rule;
    report.without_rule = raw.without_rule;
    return report;
}

}  // namespace detail
}  // namespace aurelis
