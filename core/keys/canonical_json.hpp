// The one text that equal JSON values share: exactly what Python 3 makes of them with
// json.dumps(json.loads(text), sort_keys=True). Keys sorted by code point (the last of equal ones counts), the
// separators ", " and ": ", ASCII only, integers as written, floats as Python's repr. Invalid JSON or UTF-8, NaN,
// infinities, floats that overflow, and texts beyond the two limits are refused. Leaves to others: the digest of the
// text.
#pragma once

#include <aurelis/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

inline constexpr size_t kJsonBytesMax = size_t{1} << 20;
inline constexpr size_t kJsonDepthMax = 64;

// Where a text is first wrong. `expected` is static text.
struct JsonProblem {
    size_t offset = 0;
    const char* expected = "";
};

// A member of an object that is being read: its decoded key in JsonScratch::keys, its final text in the
// output.
struct JsonMember {
    uint32_t key_begin;
    uint32_t key_size;
    uint32_t text_begin;
    uint32_t text_size;
};

// Working memory, reused from text to text so that nothing is allocated once it is large enough. One user at
// a time.
struct JsonScratch {
    std::string keys;
    std::string sorted;
    std::vector<JsonMember> members;

    size_t kept_bytes() const noexcept {
        return keys.capacity() + sorted.capacity() + members.capacity() * sizeof(JsonMember);
    }
};

enum class JsonTop : uint8_t { AnyValue, Object };

// Appends the canonical text to `out`, which must not be longer than 1 GiB before. False, with `problem` filled and
// `out` unchanged, if the text is refused.
[[nodiscard]] bool append_canonical_json(std::string_view text, JsonTop top, JsonScratch& scratch,
                                         std::string& out, JsonProblem& problem);

// The same for callers to which speed does not matter. The error names the byte and what was expected there.
Result<std::string> canonical_json(std::string_view text);

// One phrase, such as "at byte 17: expected ':'".
std::string describe(const JsonProblem& problem);

// True for the texts that mean "no params": nothing at all, or an object without members.
bool is_empty_params(std::string_view text) noexcept;

}  // namespace aurelis::core
