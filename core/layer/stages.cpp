#include "layer/stages.hpp"

#include "base/buffer.hpp"

#include <aurelis/base/check.hpp>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace aurelis::core {
namespace {

constexpr size_t kScratchKept = size_t{1} << 20;
// An intermediate result may be larger than the value, but not by much.
constexpr uint64_t intermediate_max(uint64_t value_bytes_max) noexcept {
    return value_bytes_max > UINT64_MAX / 2 - 4096 ? UINT64_MAX : value_bytes_max * 2 + 4096;
}

// Room for one intermediate result; room above kScratchKept is freed when it is no longer needed.
class Scratch {
public:
    Scratch() = default;
    ~Scratch() { std::free(room_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    char* at_least(size_t bytes) noexcept {
        if (bytes <= size_ && (size_ <= kScratchKept || bytes > kScratchKept)) return room_;
        std::free(room_);
        const size_t wanted = bytes < 4096 ? 4096 : bytes;
        room_ = static_cast<char*>(std::malloc(wanted));
        size_ = room_ != nullptr ? wanted : 0;
        return room_;
    }

private:
    char* room_ = nullptr;
    size_t size_ = 0;
};

// Two of them, since each stage reads what the previous one wrote.
Scratch& scratch(size_t turn) noexcept {
    static thread_local Scratch both[2];
    return both[turn % 2];
}

const SerializerShelf& empty_shelf() noexcept {
    static const SerializerShelf none;
    return none;
}

constexpr const char* kNotGiven = " needs something that it has not been given, such as a dictionary or a key";

// The call as a stage gets it: its errors are kept apart from those that others have reported through the same call.
struct StageCall : CallContext {
    explicit StageCall(const aurelis_call& of) noexcept {
        call = of;
        call.host_data = static_cast<CallContext*>(this);
        call.set_error = &keep_error;
    }
};

bool gained(const Stage& stage, size_t before, size_t after) noexcept {
    if (stage.min_gain < 0) return true;
    return after < before && static_cast<double>(before - after) >= static_cast<double>(before) * stage.min_gain;
}

}  // namespace

const char* fault_name(DecodeFault fault) noexcept {
    switch (fault) {
        case DecodeFault::kRead: return "read";
        case DecodeFault::kDamaged: return "a stage cannot decode it";
        case DecodeFault::kOversized: return "it claims to be larger than max_value_bytes";
        case DecodeFault::kNoSerializer: return "there is no plugin for one of its stages";
        case DecodeFault::kNoDictionary:
            return "a stage needs something that it has not been given, such as a dictionary or a key";
        case DecodeFault::kNoMemory: return "out of memory";
    }
    return "unknown";
}

Stages::Stages(const SerializerShelf* shelf, std::vector<Stage> stages)
    : shelf_(shelf != nullptr ? shelf : &empty_shelf()), stages_(std::move(stages)) {
    for (size_t i = 0; i < stages_.size(); ++i) counters_.push_back(std::make_unique<Striped<kStageCounters>>());
}

void Stages::encode(aurelis_call* call, const aurelis_key& key, std::string_view value, FrameView& content) const {
    content.payload = value;
    content.stage_count = 0;
    size_t turn = 0;
    for (size_t i = 0; i < stages_.size(); ++i) {
        const Stage& stage = stages_[i];
        const std::string_view source = content.payload;
        if (source.size() <= stage.threshold) {
            counters_[i]->add(kBelowThreshold);
            continue;
        }
        const bool marks = stage.serializer->marks();
        const size_t bound = marks ? 0 : stage.serializer->bound(source.size());
        char* const room = bound == 0 ? nullptr : scratch(turn).at_least(bound);
        if (!marks && room == nullptr) {  // A bound of 0: the stage takes no value of this size.
            counters_[i]->add(bound == 0 ? kDeclined : kStageErrors);
            continue;
        }
        size_t written = 0;
        const aurelis_status status = stage.serializer->encode(call, &key, bytes(source), room, bound, written);
        if (status != AURELIS_OK) {
            counters_[i]->add(status == AURELIS_DECLINED ? kDeclined : kStageErrors);
            continue;
        }
        AURELIS_CHECK(marks ||
                      written <= bound);  // Else it wrote past its room, and memory can no longer be trusted.
        if (!marks && !gained(stage, source.size(), written)) {
            counters_[i]->add(kGainedTooLittle);
            continue;
        }
        counters_[i]->add(kApplied);
        content.stages[content.stage_count++] = {stage.serializer->format_id(), source.size()};
        if (marks) continue;
        content.payload = {room, written};
        ++turn;
    }
}

const SerializerHandle* Stages::own(uint8_t format_id) const noexcept {
    for (const Stage& stage : stages_)
        if (stage.serializer->format_id() == format_id) return stage.serializer;
    return nullptr;
}

// The layer's own instance first, then all others of this format: another layer's may have the dictionary.
DecodeFault Stages::undo(aurelis_call* call, const aurelis_key& key, const FrameStage& stage, std::string_view source,
                         void* room, std::string* why) const {
    const auto size = static_cast<size_t>(stage.size_before);
    // The stage's own text is better than anything that can be said here; that of the first one is kept.
    const auto attempt = [&](const SerializerHandle& serializer) {
        size_t written = 0;
        StageCall own(*call);
        const aurelis_status status = serializer.decode(&own.call, &key, bytes(source), room, size, written);
        if (status != AURELIS_OK && why != nullptr && why->empty()) {
            const std::string stage_name = "stage " + std::string(serializer.name());
            if (!own.error.empty())
                *why = stage_name + ": " + own.error;
            else if (status == AURELIS_NOT_FOUND)
                *why = stage_name + kNotGiven;
        }
        if (status == AURELIS_NOT_FOUND) return DecodeFault::kNoDictionary;
        if (status == AURELIS_E_NOMEM) return DecodeFault::kNoMemory;
        return status == AURELIS_OK && written == size ? DecodeFault::kRead : DecodeFault::kDamaged;
    };
    const SerializerHandle* const mine = own(stage.format_id);
    DecodeFault fault = mine != nullptr ? attempt(*mine) : DecodeFault::kNoSerializer;
    for (size_t i = 0; fault == DecodeFault::kNoSerializer || fault == DecodeFault::kNoDictionary; ++i) {
        const SerializerHandle* const other = shelf_->find(stage.format_id, i, why);
        if (other == nullptr) break;
        if (other != mine && !other->marks()) fault = attempt(*other);
    }
    return fault;
}

DecodeFault Stages::decode(aurelis_call* call, const aurelis_key& key, const FrameView& frame,
                           uint64_t value_bytes_max, Pinned& out, std::string_view& attrs, std::string* why) const {
    // Which stages have bytes to undo, and where the value itself comes out.
    size_t work[FrameView::kStagesMax];
    size_t count = 0;
    for (size_t i = 0; i < frame.stage_count; ++i) {
        const FrameStage& stage = frame.stages[i];
        if (stage.size_before > (i == 0 ? value_bytes_max : intermediate_max(value_bytes_max)))
            return DecodeFault::kOversized;
        const SerializerHandle* serializer = own(stage.format_id);
        if (serializer == nullptr) serializer = shelf_->find(stage.format_id, 0, why);
        if (serializer == nullptr) return DecodeFault::kNoSerializer;
        if (!serializer->marks()) work[count++] = i;
    }
    std::string_view source = frame.payload;
    for (size_t turn = 0; count > 0; ++turn) {
        const FrameStage& stage = frame.stages[work[--count]];
        const auto size = static_cast<size_t>(stage.size_before);
        void* room = nullptr;
        if (count != 0) {
            room = scratch(turn).at_least(size);
        } else {
            out = Pinned(new_buffer(size + frame.attrs.size(), &room));
        }
        if (room == nullptr) return DecodeFault::kNoMemory;
        const DecodeFault fault = undo(call, key, stage, source, room, why);
        if (fault != DecodeFault::kRead) {
            out = Pinned{};
            return fault;
        }
        source = {static_cast<char*>(room), size};
        if (count != 0) continue;
        char* const behind = static_cast<char*>(room) + size;
        if (!frame.attrs.empty()) std::memcpy(behind, frame.attrs.data(), frame.attrs.size());
        attrs = {behind, frame.attrs.size()};
    }
    return DecodeFault::kRead;
}

}  // namespace aurelis::core
