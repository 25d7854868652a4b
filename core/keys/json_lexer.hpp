// The tokens of JSON for canonical_json: a position in the text, and the readers of strings and numbers, which write
// the canonical form as they go. Only canonical_json and its parts include this file.
#pragma once

#include "keys/canonical_json.hpp"

namespace aurelis::core {

struct JsonCursor {
    const char* begin;
    const char* at;
    const char* end;
    JsonProblem problem;

    bool done() const noexcept { return at == end; }
    bool next_is(char wanted) const noexcept { return at != end && *at == wanted; }
    bool next_is_digit() const noexcept { return at != end && *at >= '0' && *at <= '9'; }
    void skip_spaces() noexcept {
        while (at != end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) ++at;
    }
    // Records what should be here; returns false, so that a reader can return its result.
    bool expected(const char* what) noexcept { return expected(what, at); }
    bool expected(const char* what, const char* where) noexcept {
        problem = {static_cast<size_t>(where - begin), what};
        return false;
    }
};

// Reads a string, from its opening quote on, and appends it in canonical form. With `decoded`, also appends its bytes:
// UTF-8, with a lone surrogate encoded in three bytes by the same scheme, so that comparing bytes compares code points.
bool read_json_string(JsonCursor& in, std::string& out, std::string* decoded);

// Reads a number and appends it in canonical form.
bool read_json_number(JsonCursor& in, std::string& out);

// Writes a finite value as Python's repr does and returns the end; needs at most kFloatTextMax bytes.
inline constexpr size_t kFloatTextMax = 32;
char* write_python_float(double value, char* to) noexcept;

}  // namespace aurelis::core
