// Values: what an answer to GET means, read from the connection straight into the buffer that the core gets.
#pragma once

#include "connection.hpp"

#include <aurelis/abi.h>

#include <string_view>

namespace aurelis::redis {

inline std::string_view text_of(const aurelis_key& key) noexcept {
    return {static_cast<const char*>(key.data), key.size};
}

// How to look at values in one call.
struct View {
    int64_t now_ms = 0;
    bool shows_expired = false;
};

// head: of the answer, or of the element, that belongs to key. OK fills *out; NOT_FOUND sets its version at most.
Result<aurelis_status> read_value(Context& context, Connection& connection, const Head& head, std::string_view key,
                                  const View& view, aurelis_entry* out, const Deadline& deadline);

}  // namespace aurelis::redis
