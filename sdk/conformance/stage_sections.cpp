// The list of sections for serializers, and the bench that they share.
#include "stage_sections.hpp"

namespace aurelis::conformance {

namespace {

constexpr uint64_t kSecondsMax = 10;  // Processor time for one call on at most 1 MiB, even with sanitizers.

}  // namespace

StageBench::StageBench(const PluginFile& file, PluginUnderTest serializer, Judge& judge_)
    : judge(judge_), file_(file), serializer_(std::move(serializer)) {
    host.limit_calls();
    stage_ = open();
}

std::unique_ptr<Stage> StageBench::open() {
    auto opened = open_with(serializer_.options);
    if (opened) return std::move(opened).value();
    judge.check(false, ("create: " + opened.error().message).c_str(), __FILE__, __LINE__);
    return nullptr;
}

Result<std::unique_ptr<Stage>> StageBench::open_with(const OptionValues& options) {
    return Stage::open(file_, serializer_.type_name, options, host);
}

bool StageBench::has(uint64_t caps) const noexcept {
    const uint64_t own = stage_->component().caps | (stage_->marks() ? 0 : kStageTranscodes);
    return (own & caps) == caps;
}

void StageBench::expect(bool holds, const char* what, const StageInput& input, int line, const char* file) {
    if (holds) return judge.check(true, what, file, line);
    std::string name = input.name.size() > 100 ? input.name.substr(0, 100) + "..." : input.name;
    for (char& byte : name) byte = byte < ' ' || byte > '~' ? '.' : byte;
    judge.check(false, (std::string(what) + ", of " + name).c_str(), file, line);
}

Coded StageBench::judged(Coded coded, const char* step, const StageInput& input) {
    const char* const fault = coded.fault();
    const std::string what = std::string(step) + ": " + (fault != nullptr ? fault : "sound");
    expect(fault == nullptr, what.c_str(), input, __LINE__, __FILE__);
    expect(coded.seconds < kSecondsMax, "a call takes seconds at most", input, __LINE__, __FILE__);
    return coded;
}

Coded StageBench::encode(const Stage& stage, const StageInput& input, const aurelis_key* key) {
    return judged(stage.encode(input.bytes, key), "encode", input);
}

Coded StageBench::decode(const Stage& stage, std::string_view source, size_t room, const StageInput& input,
                         const aurelis_key* key) {
    return judged(stage.decode(source, room, key), "decode", input);
}

bool StageBench::round_trips(const Stage& stage, const StageInput& input, const aurelis_key* key) {
    StageBench& bench = *this;
    const Coded encoded = encode(stage, input, key);
    AURELIS_EXPECT_OF(input, encoded.status == AURELIS_OK || encoded.status == AURELIS_DECLINED);
    if (!encoded.ok()) return false;
    if (stage.marks())
        AURELIS_EXPECT_OF(input, encoded.written == input.bytes.size());
    else
        AURELIS_EXPECT_OF(input, decode(stage, encoded.output, input.bytes.size(), input, key).gives(input.bytes));
    return true;
}

std::string stage_cap_names(uint64_t caps) {
    if ((caps & AURELIS_STAGE_MARKS) != 0) return "AURELIS_STAGE_MARKS";
    if ((caps & AURELIS_STAGE_COMPRESSES) != 0) return "AURELIS_STAGE_COMPRESSES";
    return (caps & kStageTranscodes) != 0 ? "no AURELIS_STAGE_MARKS" : "";
}

std::vector<StageSection> all_stage_sections() {
    return {{"the component and its table agree", 0, &table_is_sound},
            {"options are declared soundly, others refused", 0, &options_are_sound},
            {"what goes in comes back to the byte", 0, &inputs_come_back},
            {"with a key, without, with a subject", 0, &any_key_will_do},
            {"a mark changes nothing and takes no room", AURELIS_STAGE_MARKS, &marks_change_nothing},
            {"a compressing stage shrinks", AURELIS_STAGE_COMPRESSES, &compression_shrinks},
            {"encode keeps to its room", kStageTranscodes, &encode_keeps_its_room},
            {"decode keeps to its room and says when it is short", kStageTranscodes, &decode_keeps_its_room},
            {"prefixes of what was encoded", kStageTranscodes, &prefixes_are_survived},
            {"flipped bits and swapped parts", kStageTranscodes, &flips_are_survived},
            {"foreign bytes", kStageTranscodes, &foreign_bytes_are_survived},
            {"instances side by side", 0, &instances_side_by_side},
            {"many lives, one after another", 0, &lives_are_many},
            {"reading needs no options", kStageTranscodes, &reading_needs_no_options},
            {"threads share an instance", 0, &threads_share_an_instance},
            {"threads come and go", 0, &threads_come_and_go}};
}

}  // namespace aurelis::conformance
