// Problems: all mistakes in a configuration, collected so that they can be reported at once, in the order of the lines.
// Warnings are separate: a configuration that has only warnings can be used.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aurelis::core {

struct Problem {
    int line = 0;         // 0: none.
    std::string message;  // Without the file and the line; names thing and way out.
};

class Problems {
public:
    // The most that text() lists; if there are more, it ends with their count.
    static constexpr size_t kShownMax = 50;

    explicit Problems(std::string file) : file_(std::move(file)) {}

    // Control characters in the message become '?': a problem is one line, whatever it quotes.
    void add(int line, std::string message);
    void warn(int line, std::string message);
    bool empty() const noexcept { return all_.empty(); }
    const std::vector<Problem>& all() const noexcept { return all_; }
    const std::vector<Problem>& warnings() const noexcept { return warnings_; }
    const std::string& file() const noexcept { return file_; }

    // One line each, "file:line: message", sorted by line, equal ones once.
    std::string text() const;
    std::string warnings_text() const;

private:
    std::string file_;
    std::vector<Problem> all_;
    std::vector<Problem> warnings_;
};

}  // namespace aurelis::core
