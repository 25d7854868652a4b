// What the fuzzing of a target begins with, made by the program itself and the same in every run.
#pragma once

#include "fuzz_target.hpp"

#include <string>
#include <vector>

namespace aurelis::fuzz {

// Inputs up to bytes_max: what the stage is for, what it makes of that, frames that it would not make itself, and sound
// bytes with damaged lengths.
std::vector<std::string> seeds_of(const FuzzTarget& target, size_t bytes_max);
// A few bytes that expand to many, or claim to; up to about 100 KiB.
std::vector<std::string> bombs_of(const FuzzTarget& target);
// Every prefix and every single flipped bit of a small input, some of a large one.
std::vector<std::string> damaged(const std::string& sound, size_t most);

}  // namespace aurelis::fuzz
