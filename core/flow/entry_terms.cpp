#include "flow/entry_terms.hpp"

#include "base/clock.hpp"
#include "config/values.hpp"
#include "layer/sliding.hpp"
#include "validity/entry.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr uint32_t kWriteFlags =
    AURELIS_WRITE_TTL | AURELIS_WRITE_NEVER | AURELIS_WRITE_STALE | AURELIS_WRITE_PERSISTENT |
    AURELIS_WRITE_NEGATIVE_TTL | AURELIS_WRITE_JITTER | AURELIS_WRITE_IDLE;
constexpr uint32_t kReadFlags = AURELIS_READ_ALLOW_STALE | AURELIS_READ_PEEK | AURELIS_READ_NO_PROMOTE;
constexpr uint32_t kOurEntryFlags = 0xffffu;
constexpr size_t kEtagBytesMax = 1024;
constexpr const char* kTooManyTags = "more than 128 tags on one entry, with those of its category; use fewer";

// A number from 0 to below 1 that looks random (the mixing of splitmix64).
double share_of(uint64_t seed) noexcept {
    seed += 0x9e3779b97f4a7c15u;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9u;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111ebu;
    return static_cast<double>((seed ^ seed >> 31) >> 11) * 0x1.0p-53;
}

const char* mistake_in_tags(const aurelis_bytes* tags, size_t count) noexcept {
    if (count > kTagsMax) return "more than 128 tags on one entry; use fewer";
    if (count != 0 && tags == nullptr) return "tag_count is above 0 but tags is NULL; point it to the tags";
    for (size_t i = 0; i < count; ++i) {
        if (tags[i].size == 0 || tags[i].size > kTagBytesMax) return "a tag must have 1 to 1024 bytes";
        if (tags[i].data == nullptr) return "a tag has a size but no data; point it to its bytes";
        if (valid_utf8_prefix(view(tags[i])) != tags[i].size) return "a tag is not UTF-8; write it as text";
    }
    return nullptr;
}

}  // namespace

const char* mistake_in_timeout(int64_t timeout_ns) noexcept {
    return timeout_ns < 0 ? "the time-out must not be below 0; 0 means none" : nullptr;
}

const char* mistake_in(const aurelis_read_options& options) noexcept {
    if ((options.flags & ~kReadFlags) != 0)
        return "the flags of the read options have bits that this library does not know; leave them out, or use a "
               "newer one";
    return mistake_in_timeout(options.timeout_ns);
}

const char* mistake_in(const SaidTerms& said) noexcept {
    const bool ttl = (said.flags & AURELIS_WRITE_TTL) != 0, never = (said.flags & AURELIS_WRITE_NEVER) != 0;
    const bool stale = (said.flags & AURELIS_WRITE_STALE) != 0;
    if ((said.flags & ~kWriteFlags) != 0)
        return "the flags of the write have bits that this library does not know; leave them out, or use a newer one";
    if (ttl && never) return "both a ttl and 'never' are given; give one of them";
    if (ttl && said.ttl_ns <= 0) return "the ttl must be above 0; to keep an entry for ever say 'never'";
    if (ttl && said.ttl_ns > kLongestNs)
        return "the ttl is longer than 106751 days; give a shorter one, or say 'never'";
    if (!ttl && said.ttl_ns != 0) return "ttl_ns is set without AURELIS_WRITE_TTL in flags; set both";
    if (stale && said.stale_ns < 0) return "the stale time must not be below 0";
    if (stale && said.stale_ns > kLongestNs) return "the stale time is longer than 106751 days; give a shorter one";
    if (!stale && said.stale_ns != 0) return "stale_ns is set without AURELIS_WRITE_STALE in flags; set both";
    if (never && said.stale_ns != 0)
        return "a stale time is given for an entry that never expires; give a ttl, or leave the stale time out";
    const bool negative = (said.flags & AURELIS_WRITE_NEGATIVE_TTL) != 0;
    if (negative && said.negative_ttl_ns < 0) return "the negative ttl must not be below 0; 0 means none";
    if (negative && said.negative_ttl_ns > kLongestNs)
        return "the negative ttl is longer than 106751 days; give a shorter one";
    if (!negative && said.negative_ttl_ns != 0)
        return "negative_ttl_ns is set without AURELIS_WRITE_NEGATIVE_TTL in flags; set both";
    const bool jitter = (said.flags & AURELIS_WRITE_JITTER) != 0;
    if (jitter && !(said.jitter >= 0 && said.jitter < 1))
        return "the jitter must be at least 0 and below 1; it is the share of the ttl that may be taken off";
    if (!jitter && said.jitter != 0) return "jitter is set without AURELIS_WRITE_JITTER in flags; set both";
    const bool idle = (said.flags & AURELIS_WRITE_IDLE) != 0;
    if (idle && said.idle_ns < 0) return "the idle time must not be below 0; 0 means none";
    if (idle && said.idle_ns > kLongestNs) return "the idle time is longer than 106751 days; give a shorter one";
    if (!idle && said.idle_ns != 0) return "idle_ns is set without AURELIS_WRITE_IDLE in flags; set both";
    if (said.etag.size > kEtagBytesMax) return "the etag has more than 1024 bytes; shorten it or hash it";
    if (said.etag.size != 0 && said.etag.data == nullptr)
        return "the etag has a size but no data; point it to its bytes";
    if ((said.entry_flags & kOurEntryFlags) != 0) return "entry_flags: only bits 16 to 31 are the application's";
    return mistake_in_tags(said.tags, said.tag_count);
}

EntryTerms::EntryTerms(const Policy& policy)
    : stale_ns_(policy.stale_ns),
      jitter_(policy.jitter),
      negative_ttl_ns_(policy.negative_ttl_ns),
      idle_ns_(policy.idle_ns),
      can_slide_(policy.can_slide),
      policy_tags_(&policy.tags) {
    if (policy.ttl && !policy.ttl->never) ttl_ns_ = policy.ttl->ns;
}

const char* EntryTerms::say(const SaidTerms& said) {
    if (const char* mistake = mistake_in(said)) return mistake;
    if ((said.flags & AURELIS_WRITE_TTL) != 0) ttl_ns_ = said.ttl_ns;
    if ((said.flags & AURELIS_WRITE_NEVER) != 0) ttl_ns_ = 0;
    if ((said.flags & AURELIS_WRITE_STALE) != 0) stale_ns_ = said.stale_ns;
    if (said.stale_ns != 0 && ttl_ns_ == 0)
        return "a stale time begins when the ttl ends, but neither the call nor the category gives a ttl; give one";
    if ((said.flags & AURELIS_WRITE_JITTER) != 0) jitter_ = said.jitter;
    if ((said.flags & AURELIS_WRITE_IDLE) != 0) idle_ns_ = said.idle_ns;
    if (said.idle_ns != 0 && !can_slide_)
        return "an idle time is given, but not every layer can end entries that are not used (it needs the feature "
               "'expiry', and no 'frame: none'); leave it out, or use other layers";
    if ((said.flags & AURELIS_WRITE_NEGATIVE_TTL) != 0) negative_ttl_ns_ = said.negative_ttl_ns;
    flags_ |= said.entry_flags;
    if (said.cost != 0) cost_ = said.cost;
    if (said.etag.size != 0) etag_ = view(said.etag);
    for (size_t i = 0; i < said.tag_count; ++i) add_tag(view(said.tags[i]));
    return policy_tags_->size() + tags_.size() > kTagsMax ? kTooManyTags : nullptr;
}

void EntryTerms::add_tag(std::string_view tag) {
    if (std::binary_search(policy_tags_->begin(), policy_tags_->end(), tag)) return;
    const auto place = std::lower_bound(tags_.begin(), tags_.end(), tag);
    if (place == tags_.end() || *place != tag) tags_.emplace(place, tag);
}

const char* EntryTerms::keep_terms_of(const aurelis_entry& old) {
    flags_ |= old.meta.flags & ~kOurEntryFlags;
    if (cost_ == 0) cost_ = old.meta.cost;
    const bool has_etag = !etag_.empty();
    for (aurelis_attr attr{}; aurelis_attr_next(old.attrs, &attr);) {
        if (attr.kind == AURELIS_ATTR_TAG) add_tag(view(attr.value));
        if (attr.kind == AURELIS_ATTR_ETAG && !has_etag) etag_ = view(attr.value);
    }
    return policy_tags_->size() + tags_.size() > kTagsMax ? kTooManyTags : nullptr;
}

void EntryTerms::apply(int64_t begun, int64_t created, uint64_t hash, aurelis_meta& meta) const noexcept {
    meta.flags = flags_;
    if (!policy_tags_->empty() || !tags_.empty()) meta.flags |= AURELIS_ENTRY_TAGGED;
    if (idle_ns_ != 0) meta.flags |= AURELIS_ENTRY_SLIDING;
    meta.created_wall = created;
    meta.cost = cost_;
    if (ttl_ns_ == 0) return;
    const auto taken_off = static_cast<int64_t>(static_cast<double>(ttl_ns_) * jitter_ *
                                                share_of(hash ^ static_cast<uint64_t>(created)));
    const int64_t end = saturating_add(begun, std::max<int64_t>(ttl_ns_ - taken_off, 1));
    meta.stale_wall = stale_ns_ != 0 ? end : 0;
    meta.expires_wall = saturating_add(end, stale_ns_);
}

void EntryTerms::apply_negative(int64_t begun, int64_t created, aurelis_meta& meta) const noexcept {
    meta.flags = AURELIS_ENTRY_NEGATIVE;
    if (!policy_tags_->empty() || !tags_.empty()) meta.flags |= AURELIS_ENTRY_TAGGED;
    meta.created_wall = created;
    meta.expires_wall = saturating_add(begun, negative_ttl_ns_);
}

std::string EntryTerms::attrs(std::string_view identity) const {
    std::string packed;
    auto theirs = policy_tags_->begin();
    for (const std::string& tag : tags_) {
        for (; theirs != policy_tags_->end() && *theirs < tag; ++theirs) append_attr(packed, AURELIS_ATTR_TAG, *theirs);
        append_attr(packed, AURELIS_ATTR_TAG, tag);
    }
    for (; theirs != policy_tags_->end(); ++theirs) append_attr(packed, AURELIS_ATTR_TAG, *theirs);
    if (!etag_.empty()) append_attr(packed, AURELIS_ATTR_ETAG, etag_);
    if (idle_ns_ != 0) append_attr(packed, AURELIS_ATTR_IDLE, time_attr(idle_ns_));
    if (!identity.empty()) append_attr(packed, AURELIS_ATTR_IDENTITY, identity);
    return packed;
}

}  // namespace aurelis::core
