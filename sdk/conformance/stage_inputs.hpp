// The suite's inputs for a serializer: texts, JSON of all kinds, noise, and sizes at which coders change their methods.
// The same bytes in every run. Leaves to others: damaged outputs (section_stage_damage.cpp).
#pragma once

#include <string>
#include <vector>

namespace aurelis::conformance {

struct StageInput {
    std::string name;
    std::string bytes;
};

// All, up to 1 MiB each.
const std::vector<StageInput>& stage_inputs();
// A dozen of them, none over 8 KiB, for checks that are repeated often.
const std::vector<StageInput>& small_stage_inputs();

// Text as people write it, and a JSON array of records, of exactly or about this size.
std::string words_of(size_t bytes);
std::string records_of(size_t bytes);

}  // namespace aurelis::conformance
