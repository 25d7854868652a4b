// Rooms: where encode may write, and what decode does with exact, short and ample room. All memory is between guards,
// which StageBench checks after each call.
#include "stage_sections.hpp"

namespace aurelis::conformance {

void encode_keeps_its_room(StageBench& bench) {
    const Stage& stage = bench.stage();
    for (const StageInput& input : stage_inputs()) {
        const Coded whole = bench.encode(stage, input);
        if (!whole.ok()) continue;
        AURELIS_EXPECT_OF(input, whole.written <= stage.bound(input.bytes.size()));
        // A host may give less room: no more than it would keep.
        for (const size_t room : {whole.written, whole.written - 1, whole.written / 2, size_t{1}, size_t{0}}) {
            if (room > whole.written) continue;
            const Coded tight = stage.encode_into(input.bytes, room);
            AURELIS_EXPECT_OF(input, tight.fault() == nullptr);
            AURELIS_EXPECT_OF(input, tight.ok() || tight.status == AURELIS_E_SPACE || tight.status == AURELIS_DECLINED);
            if (tight.ok())
                AURELIS_EXPECT_OF(input,
                                  bench.decode(stage, tight.output, input.bytes.size(), input).gives(input.bytes));
        }
    }
}

void decode_keeps_its_room(StageBench& bench) {
    const Stage& stage = bench.stage();
    for (const StageInput& input : stage_inputs()) {
        const Coded encoded = bench.encode(stage, input);
        if (!encoded.ok()) continue;
        const size_t size = input.bytes.size();
        for (const size_t room : {size, size + 1, size + 1000, 2 * size + 1}) {
            const Coded decoded = bench.decode(stage, encoded.output, room, input);
            AURELIS_EXPECT_OF(input, decoded.gives(input.bytes));
            AURELIS_EXPECT_OF(input, decoded.written == size);
        }
        if (size == 0) continue;
        for (const size_t room : {size - 1, size / 2, size_t{0}}) {
            const Coded decoded = bench.decode(stage, encoded.output, room, input);
            AURELIS_EXPECT_OF(input, decoded.status == AURELIS_E_SPACE);
            AURELIS_EXPECT_OF(input, decoded.written == 0 || decoded.written == size);
        }
    }
}

}  // namespace aurelis::conformance
