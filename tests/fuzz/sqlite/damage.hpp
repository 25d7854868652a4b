// Damage: makes damaged database files from a sound one, each from a small number, so that the corpus is a list of
// numbers instead of large binaries. The same number gives the same damage.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sqlite_damage {

inline std::string read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_all(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Overwrites in place: the file stays the same file for those that have it open.
inline void write_at(const std::string& path, size_t offset, const std::string& bytes) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(offset));
    file << bytes;
}

// seed % 6 chooses the kind, the rest the places.
inline std::string damaged(std::string bytes, uint32_t seed) {
    constexpr size_t kPage = 4096;
    std::mt19937 chance(seed);
    const auto any = [&](size_t bound) { return static_cast<size_t>(chance()) % bound; };
    switch (seed % 6) {
        case 0:  // Single bits.
            for (int i = 0; i < 64; ++i) bytes[any(bytes.size())] ^= static_cast<char>(1u << any(8));
            break;
        case 1:  // Cut off anywhere.
            bytes.resize(any(bytes.size()));
            break;
        case 2:  // Pages of noise.
            for (int i = 0; i < 4; ++i) {
                const size_t page = any(bytes.size() / kPage) * kPage;
                for (size_t k = 0; k < kPage; ++k) bytes[page + k] = static_cast<char>(chance());
            }
            break;
        case 3:  // Pages that changed places.
            for (int i = 0; i < 8; ++i) {
                const size_t a = any(bytes.size() / kPage) * kPage;
                const size_t b = any(bytes.size() / kPage) * kPage;
                for (size_t k = 0; k < kPage; ++k) std::swap(bytes[a + k], bytes[b + k]);
            }
            break;
        case 4:  // Noise in the heads of pages, where the tree's pointers are.
            for (int i = 0; i < 12; ++i)
                bytes[any(bytes.size() / kPage) * kPage + any(16)] = static_cast<char>(chance());
            break;
        default:  // Noise in the first page: header and schema.
            for (int i = 0; i < 16; ++i) bytes[any(kPage)] = static_cast<char>(chance());
    }
    return bytes;
}

constexpr size_t kPageBytes = 4096;
constexpr char kInnerIndexPage = 2, kInnerTablePage = 5, kIndexLeafPage = 10, kTableLeafPage = 13;

// Numbers of the pages, from 0, that look like pages of a tree of that kind; the first page and its neighbour, which
// is a map of the others, are left out.
inline std::vector<size_t> pages_of_kind(const std::string& bytes, char kind) {
    std::vector<size_t> pages;
    for (size_t page = 2; (page + 1) * kPageBytes <= bytes.size(); ++page)
        if (bytes[page * kPageBytes] == kind) pages.push_back(page);
    return pages;
}

// Flips one bit in one of the pages, not within 16 bytes of the text to be spared. Half of the seeds choose among the
// first 64 bytes, where head and pointers are.
inline std::string with_a_bit_flipped(std::string bytes, const std::vector<size_t>& pages, uint32_t seed,
                                      std::string_view spared = {}) {
    constexpr size_t kSpare = 16;
    std::mt19937 chance(seed);
    for (;;) {
        const size_t page = pages[chance() % pages.size()];
        const size_t at = page * kPageBytes + chance() % (seed / 2 % 2 == 0 ? size_t{64} : kPageBytes);
        const size_t from = at >= kSpare ? at - kSpare : 0;
        if (!spared.empty() && bytes.substr(from, 2 * kSpare).find(spared) != std::string::npos) continue;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << chance() % 8));
        return bytes;
    }
}

}  // namespace sqlite_damage
