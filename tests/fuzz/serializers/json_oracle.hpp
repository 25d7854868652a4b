// What another reader of JSON and MessagePack (nlohmann-json) says of the same bytes. Leaves to others: what follows
// from it.
#pragma once

#include <string_view>

namespace aurelis::fuzz {

enum class Verdict { Json, NoJson, NoOpinion };

// No opinion on what the two may see differently: numbers beyond a double and lone surrogates, which RFC 8259 allows
// and the other reader does not; NULs and byte order marks, which it takes for ends and passes over.
Verdict verdict_on(std::string_view text);
// Does the MessagePack say the same as the JSON text? The two bytes in which the stage keeps a style are passed over.
bool says_the_same(std::string_view json, std::string_view msgpack);

}  // namespace aurelis::fuzz
