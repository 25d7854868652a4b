// Damerau-Levenshtein distance (the variant that edits no substring twice) on three rows.
#include "config/suggest.hpp"

#include <algorithm>
#include <cstddef>

namespace aurelis::core {
namespace {

constexpr size_t kNameMax = 64;       // Longer words are not mistyped keys.
constexpr size_t kEditsMax = 3;
constexpr size_t kListedMax = 24;

std::string folded(std::string_view name) {
    std::string result(name);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '-') c = '_';
    }
    return result;
}

std::string joined(const std::vector<std::string>& names) {
    std::string result;
    for (size_t i = 0; i < names.size() && i < kListedMax; ++i) result += (i == 0 ? "" : ", ") + names[i];
    return names.size() > kListedMax ? result + ", ..." : result;
}

}  // namespace

size_t edit_distance(std::string_view left, std::string_view right, size_t bound) {
    const size_t gap = left.size() > right.size() ? left.size() - right.size() : right.size() - left.size();
    if (gap > bound) return bound + 1;
    std::vector<size_t> before(right.size() + 1), above(right.size() + 1), row(right.size() + 1);
    for (size_t j = 0; j <= right.size(); ++j) above[j] = j;
    for (size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j <= right.size(); ++j) {
            const size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + change});
            const bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(above);
        above.swap(row);
    }
    return std::min(above[right.size()], bound + 1);
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
    if (name.empty() || name.size() > kNameMax) return {};
    const std::string wanted = folded(name);
    std::string best;
    size_t best_distance = kEditsMax + 1;
    for (const std::string& candidate : known) {
        const size_t allowed = std::min(kEditsMax, std::max<size_t>(1, (candidate.size() + 1) / 3));
        const size_t distance = edit_distance(wanted, folded(candidate), allowed);
        if (distance > allowed || distance >= best_distance || distance >= candidate.size()) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
    const std::string near = nearest_name(name, known);
    if (!near.empty()) return "; did you mean '" + near + "'?";
    return known.empty() ? std::string("; none is known here") : "; known here: " + joined(known);
}

}  // namespace aurelis::core
