// Where the program speaks: answers to standard output, everything else to standard error; colour and a
// progress bar only where a person looks on. Leaves to others: what is said.
#pragma once

#include <aurelis/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::cli {

enum class Colour : uint8_t { Plain, Bold, Dim, Red, Green, Yellow };

bool is_terminal(int descriptor) noexcept;
// The text in a colour if standard output is a terminal that wants it (NO_COLOR is empty, TERM is not dumb).
std::string coloured(Colour colour, std::string_view text);

// Writes to standard output. What fails is remembered and told by finish_output.
void print(std::string_view text);
void print_line(std::string_view text);
// False once standard output cannot be written any more: who has much to say may stop.
bool output_is_wanted() noexcept;
// Flushes standard output. A reader that went away early (EPIPE) is no failure: it has read what it wanted.
Result<void> finish_output();
// One or more lines to standard error, each after "aurelis: ".
void complain(std::string_view text);
// The same without the prefix, for lines that begin with a place (file:line).
void complain_at_place(std::string_view text);

// A bar on standard error for long work; silent if that is no terminal. One thread.
class Progress {
public:
    Progress(std::string what, uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cheap: looks at the clock at every 256th call only.
    void advance() noexcept {
        if ((++done_ & 255) == 0 && shown_) draw_if_due();
    }
    // Wipes the bar away.
    void finish() noexcept;

private:
    void draw_if_due() noexcept;

    std::string what_;
    uint64_t total_;
    uint64_t done_ = 0;
    bool shown_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace aurelis::cli
