// Small functions on text: is it UTF-8, how to show it, its base64 form, which known word is nearest. Leaves to others:
// quantities (units) and layout (table).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::cli {

bool is_utf8(std::string_view bytes) noexcept;
// UTF-8 without control characters other than newline and tab: fit for a terminal.
bool is_plain_text(std::string_view bytes) noexcept;
// The bytes on one line, with everything that is not printable written as \xNN.
std::string printable(std::string_view bytes);
std::string base64(std::string_view bytes);
// How many characters a terminal shows; combining and wide ones count as one.
size_t width(std::string_view utf8) noexcept;
// The word that was probably meant: the one with the fewest typing mistakes, if they are few.
std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& known);
// "; did you mean 'get'?", or nothing.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known);
// "a, b and c"
std::string listed(const std::vector<std::string>& words, std::string_view last = "and");

}  // namespace aurelis::cli
