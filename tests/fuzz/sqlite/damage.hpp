// Damage: makes damaged database files out of a sound one, each from a small number, so that the corpus is a
// list of numbers instead of big binaries. The same number gives the same damage.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace sqlite_damage {

inline std::string read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_all(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Overwrites in place: the file stays the same file for whoever has it open.
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

}  // namespace sqlite_damage
