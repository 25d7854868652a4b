// Stages: the serializers of one layer, applied in their order when a value is written and undone when it is read. The
// frame records which ones applied, so reading relies on the frame alone and needs the layer's own stages only for
// speed.
//
// Writing: a stage is not asked for values of at most `threshold` bytes, is passed over if it declines, and its result
// is dropped if it saves less than `min_gain`. Reading: nothing is trusted. Every size is checked before room is
// allocated for it, and a stage gets exactly the room that the frame states and must fill it. Threads: all functions
// from any thread. Intermediate results are in room that each thread keeps, up to 1 MiB each.
#pragma once

#include "stats/counter_list.hpp"
#include "plugin/serializer_shelf.hpp"
#include "layer/frame.hpp"
#include "stats/striped.hpp"

#include <aurelis/base/bytes.hpp>

#include <memory>
#include <vector>

namespace aurelis::core {

struct Stage {
    const SerializerHandle* serializer = nullptr;
    uint64_t threshold = 0;  // Applied to values of more bytes than this.
    double min_gain = 0;     // Share that it must save; below 0: it need not shrink.
};

// Outcomes for the values that a stage was to encode.
#define AURELIS_STAGE_COUNTERS(X)                                                                                 \
    X(kApplied, "applied", "Values that the stage encoded.")                                                      \
    X(kBelowThreshold, "below_threshold", "Values at or below its threshold.")                                    \
    X(kDeclined, "declined", "Values of a form that it does not take.")                                           \
    X(kGainedTooLittle, "gained_too_little", "Values that it shrank by less than `min_gain`; left as they were.") \
    X(kStageErrors, "errors", "Values on which it failed, left as they were.")

AURELIS_DEFINE_COUNTERS(StageCounter, kStageCounters, kStageCounterRows, AURELIS_STAGE_COUNTERS);

// Why an encoded value was not read; kRead if it was.
enum class DecodeFault : uint8_t {
    kRead,
    kDamaged,       // The frame is not intact, or a stage cannot decode it to what the frame states.
    kOversized,     // It claims to be larger than this layer accepts.
    kNoSerializer,  // There is no plugin for one of its stages.
    kNoDictionary,  // A stage lacks what it needs, such as a dictionary.
    kNoMemory
};
const char* fault_name(DecodeFault fault) noexcept;

class Stages {
public:
    // shelf must outlive it; NULL: there is none, and only the layer's own stages can decode.
    Stages(const SerializerShelf* shelf, std::vector<Stage> stages);

    bool empty() const noexcept { return stages_.empty(); }
    const std::vector<Stage>& all() const noexcept { return stages_; }
    uint64_t counted(size_t stage, StageCounter counter) const noexcept { return counters_[stage]->sum(counter); }
    Snapshot snapshot(size_t stage) const {
        return snapshot_of(kStageCounterRows, [&](size_t i) { return counters_[stage]->sum(i); });
    }

    // Sets content.payload, stages and stage_count from the value. The payload stays valid until this thread encodes or
    // decodes again. A stage that fails is passed over; its error is counted and left in *call.
    void encode(aurelis_call* call, const aurelis_key& key, std::string_view value, FrameView& content) const;

    // Undoes the frame's stages. On kRead *out is a buffer with the value, followed by the attributes (attrs is a view
    // of them in it); it stays empty if no stage changed a byte, and the payload is then the value.
    DecodeFault decode(aurelis_call* call, const aurelis_key& key, const FrameView& frame, uint64_t value_bytes_max,
                       Pinned& out, std::string_view& attrs, std::string* why) const;

private:
    DecodeFault undo(aurelis_call* call, const aurelis_key& key, const FrameStage& stage, std::string_view source,
                     void* room, std::string* why) const;
    const SerializerHandle* own(uint8_t format_id) const noexcept;

    const SerializerShelf* shelf_;
    const std::vector<Stage> stages_;
    mutable std::vector<std::unique_ptr<Striped<kStageCounters>>> counters_;
};

}  // namespace aurelis::core
