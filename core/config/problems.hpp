// Problems: all mistakes of a configuration, gathered so that they can be told at once, in the order of the lines.
#pragma once

#include <string>
#include <vector>

namespace aurelis::core {

struct Problem {
    int line = 0;         // 0: concerns no line.
    std::string message;  // Without the file and the line; names thing and way out.
};

class Problems {
public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    void add(int line, std::string message) { all_.push_back({line, std::move(message)}); }
    bool empty() const noexcept { return all_.empty(); }
    const std::vector<Problem>& all() const noexcept { return all_; }
    const std::string& file() const noexcept { return file_; }

    // One line each, "file:line: message", sorted by line, equal ones once.
    std::string text() const;

private:
    std::string file_;
    std::vector<Problem> all_;
};

}  // namespace aurelis::core
