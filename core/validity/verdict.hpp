// Verdict: the outcome of judging a stored entry. One row per outcome names the counter that it raises and the answer
// that explain gives, so that a get, a batch, a promotion and explain cannot disagree.
#pragma once

#include "stats/layer_counters.hpp"

#include <cstdint>

namespace aurelis::core {

// What a layer holds for a key, as explain names it.
enum class Holding : uint8_t { Present, Absent, Expired, Invalidated, Corrupt, Unreachable };
const char* name_of(Holding holding) noexcept;

// X(verdict, counter, holding, sentence); any holding other than Present is a miss.
#define AURELIS_VERDICTS(X)                                                                             \
    X(Fresh, kHits, Present, "")                                                                        \
    X(Stale, kStaleFound, Present, "stale: its ttl has passed")                                         \
    X(Softened, kStaleFound, Present, "stale: it was invalidated softly")                               \
    X(Expired, kExpiredFound, Expired, "its life has ended")                                            \
    X(FromFuture, kFromFuture, Invalidated, "created in the future by the clock of this machine")       \
    X(Cleared, kInvalidatedFound, Invalidated, "older than the last clear")                             \
    X(CategoryStamp, kInvalidatedFound, Invalidated, "older than an invalidation of its category")      \
    X(IdentifierStamp, kInvalidatedFound, Invalidated, "older than an invalidation of its identifier")  \
    X(TagStamp, kInvalidatedFound, Invalidated, "older than an invalidation of a tag")                  \
    X(Banned, kInvalidatedFound, Invalidated, "older than an invalidation that selects it")             \
    X(AfterGap, kInvalidatedFound, Invalidated, "older than a gap in the events of another layer")      \
    X(MissedWrite, kInvalidatedFound, Invalidated, "older than a write that did not reach this layer")  \
    X(LateWrite, kInvalidatedFound, Invalidated, "a write that timed out and came late, or may")        \
    X(OwedRemoval, kInvalidatedFound, Invalidated, "its removal waits for an earlier write of the key") \
    X(OtherIdentity, kCollisions, Absent, "another entry has the same short key; its identity differs") \
    X(Damaged, kCorrupt, Corrupt, "the backend gave a size without bytes")                              \
    X(Oversized, kOversized, Corrupt, "larger than max_value_bytes once its serializers are undone")    \
    X(NoSerializer, kNoSerializer, Corrupt, "a serializer that it names is missing")                    \
    X(NoDictionary, kNoDictionary, Corrupt, "a dictionary that it names is missing")

enum class Verdict : uint8_t {
#define X(verdict, counter, holding, sentence) verdict,
    AURELIS_VERDICTS(X)
#undef X
};

struct VerdictRow {
    const char* name;
    LayerCounter counter;
    Holding holding;
    const char* sentence;
};

inline constexpr VerdictRow kVerdicts[] = {
#define X(verdict, counter, holding, sentence) {#verdict, counter, Holding::holding, sentence},
    AURELIS_VERDICTS(X)
#undef X
};

inline constexpr const VerdictRow& row_of(Verdict verdict) noexcept { return kVerdicts[static_cast<size_t>(verdict)]; }
inline constexpr bool is_believed(Verdict verdict) noexcept { return verdict <= Verdict::Softened; }
inline constexpr bool is_stale(Verdict verdict) noexcept {
    return verdict == Verdict::Stale || verdict == Verdict::Softened;
}

}  // namespace aurelis::core
