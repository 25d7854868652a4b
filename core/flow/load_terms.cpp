#include "flow/load_terms.hpp"

namespace aurelis::core {
namespace {

constexpr uint32_t kLoadFlags = AURELIS_LOAD_FRESH_ONLY | AURELIS_LOAD_FAILURE_PAUSE | AURELIS_LOAD_DEFAULT;

}  // namespace

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
    stale_is_answer = !fresh_only && (allows_stale || has_stale_time);
    failure_pause_ns = has(AURELIS_LOAD_FAILURE_PAUSE) ? said.failure_pause_ns : policy.failure_pause_ns;
    default_value = has(AURELIS_LOAD_DEFAULT) ? &said.default_value : nullptr;
    return nullptr;
}

}  // namespace aurelis::core
