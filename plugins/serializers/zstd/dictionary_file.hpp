// A dictionary file, in zstd's own format: magic 37 a4 30 ec, 4 bytes ID, entropy tables, content. The ID names the
// dictionary in every frame, so it must follow from the bytes: XXH64 (seed 0) over everything after the ID, modulo 2^31
// - 32768, plus 32768, which is the range that the format leaves for general use. zstd's own trainer derives its IDs
// from bytes that it truncates afterwards, so they cannot be checked; `aurelis dictionary train` writes ours. Leaves to
// others: what the dictionary is used for.
#pragma once

#include <aurelis/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::zstd {

inline constexpr size_t kDictionaryBytesMax = size_t{16} << 20;

// The ID that belongs to these bytes of a dictionary.
uint32_t id_by_content(std::string_view dictionary) noexcept;
// The bytes of a file that is a dictionary with the ID that belongs to them; else an error that names the file and the
// way out.
Result<std::string> read_dictionary_file(const std::string& path);

}  // namespace aurelis::zstd
