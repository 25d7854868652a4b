// EntryTerms: what a category's policy, a call and a computation specify for an entry, made into times and attributes.
// The one place where these terms are checked, so that no interface accepts what another refuses.
// Leaves to others: what is wrong with a name (keys), and which layers limit the life further (stack).
#pragma once

#include "flow/policy.hpp"

#include <aurelis/abi.h>
#include <aurelis/aurelis.h>
#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

// The terms that write options and computations have in common, as they came through the host API.
struct SaidTerms {
    uint32_t flags = 0;  // AURELIS_WRITE_*
    int64_t ttl_ns = 0, stale_ns = 0;
    const aurelis_bytes* tags = nullptr;
    size_t tag_count = 0;
    uint32_t entry_flags = 0;
    uint32_t cost = 0;
    int64_t negative_ttl_ns = 0;
    aurelis_bytes etag{};
    double jitter = 0;
    int64_t idle_ns = 0;
};
inline SaidTerms said_by(const aurelis_write_options& options) noexcept {
    return {options.flags,       options.ttl_ns, options.stale_ns,        options.tags, options.tag_count,
            options.entry_flags, options.cost,   options.negative_ttl_ns, options.etag,
            options.jitter,      options.idle_ns};
}
inline SaidTerms said_by(const aurelis_computed& computed) noexcept {
    return {computed.flags,       computed.ttl_ns, computed.stale_ns,        computed.tags, computed.tag_count,
            computed.entry_flags, computed.cost,   computed.negative_ttl_ns, computed.etag,
            computed.jitter,      computed.idle_ns};
}

// An entry that says that there is no value: an answer, but not a hit.
inline bool is_negative(const aurelis_meta& meta) noexcept { return (meta.flags & AURELIS_ENTRY_NEGATIVE) != 0; }

// A sentence that says what is wrong and the way out; NULL: nothing.
const char* mistake_in(const SaidTerms& said) noexcept;
const char* mistake_in(const aurelis_read_options& options) noexcept;
const char* mistake_in_timeout(int64_t timeout_ns) noexcept;

class EntryTerms {
public:
    explicit EntryTerms(const Policy& policy);

    // Later terms replace earlier ones; tags and flags are added. NULL, or what is wrong.
    const char* say(const SaidTerms& said);
    // Of an entry whose value is still right: its tags, and its etag, flags and cost where nothing else has been said.
    // NULL, or what is wrong.
    const char* keep_terms_of(const aurelis_entry& old);
    // Sets the times of the entry, from when the call began and the time of creation, its flags, and its cost. The
    // jitter of its ttl depends on the hash of its key and the time of creation alone.
    void apply(int64_t begun, int64_t created, uint64_t hash, aurelis_meta& meta) const noexcept;
    // The same for a negative entry, which says that there is no value.
    void apply_negative(int64_t begun, int64_t created, aurelis_meta& meta) const noexcept;
    bool has_stale_time() const noexcept { return stale_ns_ != 0 && ttl_ns_ != 0; }
    bool has_negative_ttl() const noexcept { return negative_ttl_ns_ != 0; }
    // Tags, etag, and the identity where the key is not its own, as packed attributes.
    std::string attrs(std::string_view identity) const;

private:
    void add_tag(std::string_view tag);

    int64_t ttl_ns_ = 0;  // 0: the layers' alone.
    int64_t stale_ns_ = 0;
    double jitter_ = 0;            // The share of the ttl that may be taken off.
    int64_t negative_ttl_ns_ = 0;  // 0: no negative entry.
    int64_t idle_ns_ = 0;          // 0: it does not end for not being used.
    bool can_slide_ = true;        // The layers can end entries so.
    uint32_t flags_ = 0;
    uint32_t cost_ = 0;  // 0: unknown.
    std::string etag_;
    const std::vector<std::string>* policy_tags_;  // Sorted, each once.
    std::vector<std::string> tags_;                // Sorted, each once, besides those of the policy.
};

}  // namespace aurelis::core
