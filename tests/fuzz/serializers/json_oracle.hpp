// What another reader of JSON and MessagePack (nlohmann-json) makes of the same bytes. Leaves to others: conclusions.
#pragma once

#include <string_view>

namespace aurelis::fuzz {

enum class Verdict { Json, NoJson, NoOpinion };

// No opinion where the two may differ: numbers beyond a double and lone surrogates, which RFC 8259 allows and the other
// reader does not; NULs and byte order marks, which it takes for ends and skips.
Verdict verdict_on(std::string_view text);
// Does the MessagePack say the same as the JSON text? The two bytes in which the stage records a style are skipped.
bool says_the_same(std::string_view json, std::string_view msgpack);

}  // namespace aurelis::fuzz
