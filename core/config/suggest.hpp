// The known name nearest to a mistyped one, for "did you mean". Knows nothing about what the names stand for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

// The number of insertions, deletions, changes and swaps of neighbours between the two, capped at bound + 1.
size_t edit_distance(std::string_view left, std::string_view right, size_t bound);

// The nearest of the known names, if it is near enough to be meant (a third of its length, at most 3 edits; case and
// the choice between '-' and '_' do not count). The first of equally near ones; empty: none.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

// "; did you mean 'x'?" or, if none is near, "; known here: a, b, c".
std::string suggestion(std::string_view name, const std::vector<std::string>& known);

}  // namespace aurelis::core
