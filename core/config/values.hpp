// Scalars as numbers and booleans, and how a value may be shown in a message: one line, short, secrets masked.
#pragma once

#include <aurelis/base/result.hpp>

#include "config/config.hpp"
#include "config/node.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::core {

inline constexpr std::string_view kMask = "****";

// One line of at most about 60 characters: control characters become '?', the rest of a long text "...".
std::string printable(std::string_view text);

// The value as a message may show it: "'text'", "a list", "a map", "nothing", or the mask.
std::string shown(const Node& node);

// The text with the password of a URL (scheme://user:password@host) masked.
std::string without_url_password(std::string_view text);

// Does the name of a key (password, api_key, tls.key ...) suggest that its value is secret?
bool key_suggests_secret(std::string_view key);

// Bytes that are valid UTF-8 from the front: text.size() if all are.
size_t valid_utf8_prefix(std::string_view text);

// Numbers and booleans must be unquoted. Whole numbers are decimal; a boolean is true or false.
Result<int64_t> to_int(const Node& node);
Result<double> to_double(const Node& node);
Result<bool> to_bool(const Node& node);
// Any scalar is a text: `version: 1` is the text "1".
Result<std::string> to_text(const Node& node);
// Durations and sizes may be quoted or not.
Result<int64_t> to_duration(const Node& node);
Result<Ttl> to_ttl(const Node& node);
Result<uint64_t> to_size(const Node& node);
Result<double> to_share(const Node& node);
Result<RateConfig> to_rate(const Node& node);

}  // namespace aurelis::core
