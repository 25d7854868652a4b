// The sections for serializers, by file, and what each of them works with.
#pragma once

#include "conformance.hpp"
#include "stage.hpp"
#include "stage_inputs.hpp"

#include <memory>
#include <string_view>

namespace aurelis::conformance {

// In addition to AURELIS_STAGE_*: the stage has output of its own, which decode reverses.
inline constexpr uint64_t kStageTranscodes = uint64_t{1} << 63;

class StageBench {
public:
    StageBench(const PluginFile& file, PluginUnderTest serializer, Judge& judge);

    Judge& judge;
    PluginHost host;
    // A further instance; nullptr, with a failure recorded, if it cannot be made.
    std::unique_ptr<Stage> open();
    // An instance with these options instead.
    Result<std::unique_ptr<Stage>> open_with(const OptionValues& options);
    const OptionValues& options() const noexcept { return serializer_.options; }
    Stage& stage() { return *stage_; }
    bool ready() const noexcept { return stage_ != nullptr; }
    bool has(uint64_t caps) const noexcept;
    std::unique_ptr<Stage> take() { return std::move(stage_); }

    // If it does not hold, records a failure that names the input. [any]
    void expect(bool holds, const char* what, const StageInput& input, int line, const char* file);
    // Both check the rules of abi.h for every answer, and return the answer. [any]
    Coded encode(const Stage& stage, const StageInput& input, const aurelis_key* key = nullptr);
    Coded decode(const Stage& stage, std::string_view source, size_t room, const StageInput& input,
                 const aurelis_key* key = nullptr);
    // Encodes and gets it back to the byte; false if the stage declines the input. [any]
    bool round_trips(const Stage& stage, const StageInput& input, const aurelis_key* key = nullptr);

private:
    Coded judged(Coded coded, const char* step, const StageInput& input);

    const PluginFile& file_;
    PluginUnderTest serializer_;
    std::unique_ptr<Stage> stage_;
};

// The names of what a section for serializers needs.
std::string stage_cap_names(uint64_t caps);

using StageSection = SectionOf<StageBench>;
std::vector<StageSection> all_stage_sections();

// section_stage_basics.cpp
void table_is_sound(StageBench& bench);
void options_are_sound(StageBench& bench);
void inputs_come_back(StageBench& bench);
void any_key_will_do(StageBench& bench);
void marks_change_nothing(StageBench& bench);
void compression_shrinks(StageBench& bench);
// section_stage_room.cpp
void encode_keeps_its_room(StageBench& bench);
void decode_keeps_its_room(StageBench& bench);
// section_stage_damage.cpp
void prefixes_are_survived(StageBench& bench);
void flips_are_survived(StageBench& bench);
void foreign_bytes_are_survived(StageBench& bench);
// section_stage_lives.cpp
void instances_side_by_side(StageBench& bench);
void lives_are_many(StageBench& bench);
void reading_needs_no_options(StageBench& bench);
void threads_share_an_instance(StageBench& bench);
void threads_come_and_go(StageBench& bench);

}  // namespace aurelis::conformance

// For sections about serializers, which have a `bench` and check an input.
#define AURELIS_EXPECT_OF(input, ...) \
    bench.expect(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, input, __LINE__, __FILE__)
