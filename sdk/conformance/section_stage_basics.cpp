// Sections that every serializer passes: declaration, round trips, keys; and what its two capabilities mean.
#include "declarations.hpp"
#include "stage_sections.hpp"

#include <string>

namespace aurelis::conformance {

void table_is_sound(StageBench& bench) {
    const aurelis_component& component = bench.stage().component();
    const aurelis_serializer_ops& ops = bench.stage().ops();
    AURELIS_EXPECT(component.struct_size >= sizeof(aurelis_component));
    AURELIS_EXPECT(component.format_id >= 1 && component.format_id <= 255);
    AURELIS_EXPECT(component.threads == AURELIS_THREADS_PARALLEL);
    AURELIS_EXPECT(component.description != nullptr && component.description[0] != '\0');
    AURELIS_EXPECT(ops.struct_size >= sizeof(aurelis_serializer_ops));
    AURELIS_EXPECT(ops.format_id == component.format_id);
    AURELIS_EXPECT(ops.destroy != nullptr && ops.bound != nullptr && ops.encode != nullptr);
    AURELIS_EXPECT(ops.decode != nullptr || bench.stage().marks());
    AURELIS_EXPECT(!bench.has(AURELIS_STAGE_MARKS | AURELIS_STAGE_COMPRESSES));
    // bound() answers for any size; what cannot be encoded is refused later.
    for (const size_t size : {size_t{0}, size_t{1}, size_t{1} << 31, size_t{1} << 40, SIZE_MAX})
        bench.stage().bound(size);
}

void options_are_sound(StageBench& bench) {
    // The names that every stage has belong to the host.
    for (const std::string& fault :
         declaration_faults(bench.stage().component(), {"use", "threshold", "min_gain", "options"}))
        bench.judge.check(false, fault.c_str(), __FILE__, __LINE__);
    OptionValues more = bench.options();
    more.emplace_back("an_option_of_nobody", "1");
    AURELIS_EXPECT(!bench.open_with(more));
}

void inputs_come_back(StageBench& bench) {
    size_t accepted = 0;
    for (const StageInput& input : stage_inputs()) accepted += bench.round_trips(bench.stage(), input);
    AURELIS_EXPECT(accepted > 0);
    // An empty input may be a null pointer.
    aurelis_call call{};
    call.struct_size = sizeof call;
    call.deadline_mono = bench.host.deadline();
    call.set_error = [](aurelis_call*, aurelis_status, const char*, size_t) noexcept {};
    size_t written = 0;
    std::string room(bench.stage().marks() ? 0 : bench.stage().bound(0), '\0');
    const aurelis_status status =
        bench.stage().ops().encode(bench.stage().self(), &call, nullptr, aurelis_bytes{nullptr, 0},
                                   bench.stage().marks() ? nullptr : room.data(), room.size(), &written);
    AURELIS_EXPECT(status == AURELIS_DECLINED || (status == AURELIS_OK && written <= room.size()));
    if (status != AURELIS_OK || bench.stage().marks()) return;
    size_t unfolded = 1;
    AURELIS_EXPECT(bench.stage().ops().decode(bench.stage().self(), &call, nullptr, aurelis_bytes{room.data(), written},
                                              nullptr, 0, &unfolded) == AURELIS_OK);
    AURELIS_EXPECT(unfolded == 0);
}

void any_key_will_do(StageBench& bench) {
    const std::string text = "aurelis:v1:user_data:user123";
    aurelis_subject subject{};
    subject.struct_size = sizeof subject;
    subject.category = bytes("user_data");
    subject.identifier = bytes("user123");
    aurelis_subject empty{};
    empty.struct_size = sizeof empty;
    aurelis_subject odd = subject;
    odd.category = bytes(std::string_view("no such\0category\xff", 17));
    const aurelis_key keys[] = {{text.data(), text.size(), 1, nullptr},
                                {text.data(), text.size(), 1, &subject},
                                {text.data(), text.size(), 1, &empty},
                                {text.data(), text.size(), 1, &odd}};
    for (const StageInput& input : small_stage_inputs()) {
        bench.round_trips(bench.stage(), input, nullptr);
        for (const aurelis_key& key : keys) bench.round_trips(bench.stage(), input, &key);
    }
}

void marks_change_nothing(StageBench& bench) {
    // Stage::encode gives no room, and round_trips() in other sections checks the reported size; checked here: the
    // verdict on an input is always the same.
    for (const StageInput& input : stage_inputs()) {
        const Coded first = bench.encode(bench.stage(), input);
        const Coded again = bench.encode(bench.stage(), input);
        AURELIS_EXPECT_OF(input, first.status == again.status);
        AURELIS_EXPECT_OF(input, !first.ok() || first.written == input.bytes.size());
    }
}

void compression_shrinks(StageBench& bench) {
    bool any = false;
    for (const StageInput& input : stage_inputs()) {
        const Coded encoded = bench.encode(bench.stage(), input);
        any = any || (encoded.ok() && encoded.written < input.bytes.size());
    }
    AURELIS_EXPECT(any);
}

}  // namespace aurelis::conformance
