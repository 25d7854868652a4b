// Beliefs: which of the entries that a layer's backend holds may be believed. The one judge of entries: their life, the
// stamps that hide what is older, gaps in the events of other layers, the writes that the layer missed, and the
// identity.
// Leaves to others: reading entries (layer), taking stamps (coherence), counters and sentences (the table of verdicts).
// Threads: any.
#pragma once

#include "base/clock.hpp"
#include "validity/entry.hpp"
#include "validity/missed_writes.hpp"
#include "validity/stamps.hpp"
#include "validity/verdict.hpp"

#include <atomic>
#include <cstdint>

namespace aurelis::core {

class Beliefs {
public:
    // bare: the backend's values have no frame: only the end of their life is known.
    Beliefs(const Clock& clock, const Stamps& stamps, bool bare) noexcept
        : clock_(clock), stamps_(stamps), bare_(bare) {}

    // Entries created before the stamp are no longer believed; for copies of entries that may have changed unnoticed.
    // True: they were believed until now.
    bool disbelieve_before(int64_t stamp) noexcept {
        int64_t before = believed_from_.load(std::memory_order_relaxed);
        while (before < stamp)
            if (believed_from_.compare_exchange_weak(before, stamp, std::memory_order_acq_rel)) return true;
        return false;
    }
    MissedWrites& missed() noexcept { return missed_; }
    const MissedWrites& missed() const noexcept { return missed_; }
    // False: whatever the backend holds under the key is not believed, so it need not be asked.
    bool may_hold(const aurelis_key& key) const { return !missed_.holds(key.hash, text_of(key)); }

    // Whether an entry that has not expired may be hidden.
    bool may_hide() const noexcept {
        return stamps_.newest() != 0 || believed_from_.load(std::memory_order_acquire) != 0 || missed_.any();
    }

    // Before the backend is asked for an entry that will be judged.
    void expect(const aurelis_key& key) const noexcept { stamps_.expect(key); }

    // Ends of life are compared with the wall clock (`now`): a step of it forward ends lives early, one back prolongs
    // them. Creation times are compared with stamps, which are not wall-clock times, and with the latest time that this
    // process has seen, so that after a step back it still finds what it wrote before. A bare value counts as new: what
    // is older than an invalidation has been removed.
    Verdict judge(const aurelis_key& key, const aurelis_meta& meta, aurelis_bytes attrs, uint64_t bytes, int64_t now,
                  std::string_view formats = {}) const {
        if (meta.expires_wall != 0 && meta.expires_wall <= now) return Verdict::Expired;
        const int64_t created = bare_ ? INT64_MIN : meta.created_wall;
        bool softened = false;
        if (!bare_) {
            if (created > now + kClockSkewNs && created > clock_.latest() + kClockSkewNs) return Verdict::FromFuture;
            if (created < stamps_.newest()) [[unlikely]] {
                const Evidence evidence{created, attrs, bytes, formats};
                if (!stamps_.has_passed(key, evidence)) {
                    const Verdict verdict = look_up(key, evidence, softened);
                    if (verdict != Verdict::Fresh) return verdict;
                }
            }
            if (created < believed_from_.load(std::memory_order_acquire)) return Verdict::AfterGap;
        }
        if (missed_.any() && (!may_hold(key) || missed_.hides(text_of(key), created))) return Verdict::MissedWrite;
        if (missed_.is_doubtful(key.hash, text_of(key), bare_ ? 0 : created, bare_, now)) return Verdict::LateWrite;
        if (!bare_ && !is_about(key, attrs)) return Verdict::OtherIdentity;
        if (softened) return Verdict::Softened;
        return meta.stale_wall != 0 && meta.stale_wall <= now ? Verdict::Stale : Verdict::Fresh;
    }

    // What hides an entry whose verdict names a stamp, for explain.
    Hiding hiding(const aurelis_key& key, const Evidence& evidence) const { return stamps_.find(key, evidence); }

private:
    // Out of the way of hits, which seldom get here. Fresh: nothing hides it, unless it is softened.
    [[gnu::noinline]] Verdict look_up(const aurelis_key& key, const Evidence& evidence, bool& softened) const {
        const Hiding hiding = stamps_.find(key, evidence);
        softened = hiding.soft;
        if (hiding.stamp == 0 || softened) return Verdict::Fresh;
        return hiding.ban ? Verdict::Banned : verdict_of(hiding.kind);
    }
    static Verdict verdict_of(StampKind kind) noexcept {
        switch (kind) {
            case StampKind::Category: return Verdict::CategoryStamp;
            case StampKind::Identifier: return Verdict::IdentifierStamp;
            case StampKind::Tag: return Verdict::TagStamp;
            case StampKind::Everything: break;
        }
        return Verdict::Cleared;
    }

    const Clock& clock_;
    const Stamps& stamps_;
    const bool bare_;
    std::atomic<int64_t> believed_from_{INT64_MIN};
    MissedWrites missed_;
};

}  // namespace aurelis::core
