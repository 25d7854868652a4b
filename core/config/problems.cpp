// The text of gathered problems: one line each, in the order of the file.
#include "config/problems.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

std::string lines_of(std::vector<Problem> list, const std::string& file) {
    std::stable_sort(list.begin(), list.end(),
                     [](const Problem& left, const Problem& right) { return left.line < right.line; });
    std::vector<const Problem*> distinct;
    for (const Problem& problem : list) {
        // Equal ones have the same line, so only the tail of the list can contain one.
        const auto same = [&problem](const Problem* earlier) { return earlier->message == problem.message; };
        auto from = distinct.end();
        while (from != distinct.begin() && (*(from - 1))->line == problem.line) --from;
        if (std::none_of(from, distinct.end(), same)) distinct.push_back(&problem);
        if (distinct.size() > Problems::kShownMax) break;
    }
    std::string text;
    for (size_t i = 0; i < distinct.size() && i < Problems::kShownMax; ++i) {
        text += file;
        if (distinct[i]->line > 0) text += ":" + std::to_string(distinct[i]->line);
        text += ": " + distinct[i]->message + "\n";
    }
    if (distinct.size() > Problems::kShownMax)
        text += file + ": there are more; correct these first (" + std::to_string(list.size()) + " in all)\n";
    return text;
}

std::string one_line(std::string message) {
    for (char& c : message)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return message;
}

}  // namespace

void Problems::add(int line, std::string message) { all_.push_back({line, one_line(std::move(message))}); }

void Problems::warn(int line, std::string message) { warnings_.push_back({line, one_line(std::move(message))}); }

std::string Problems::text() const { return lines_of(all_, file_); }

std::string Problems::warnings_text() const { return lines_of(warnings_, file_); }

}  // namespace aurelis::core
