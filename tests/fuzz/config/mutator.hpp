// Mutations of configurations, as people and editors damage them: bytes, words, keys, values, nesting, lines.
// Everything follows from the seed. Leaves to others: what is made of the result (config_fuzz.cpp).
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace aurelis::fuzz {

class Mutator {
public:
    // The samples are cut into lines and words, which mutations mix.
    Mutator(std::vector<std::string> samples, uint64_t seed);

    // One of the samples with one to four mutations; the same for the same seed and index.
    std::string make(uint64_t index);

private:
    size_t below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
    bool one_in(size_t count) { return below(count) == 0; }
    const std::string& any(const std::vector<std::string>& list) { return list[below(list.size())]; }

    void change_bytes(std::string& text);
    void change_word(std::string& text);
    void change_key(std::string& text);
    void change_value(std::string& text);
    void change_nesting(std::string& text);
    void change_lines(std::string& text);

    std::vector<std::string> samples_, words_, keys_, lines_;
    uint64_t seed_;
    std::mt19937_64 random_;
};

}  // namespace aurelis::fuzz
