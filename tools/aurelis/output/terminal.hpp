// The program's output: answers to standard output, everything else to standard error; colour and a progress bar only
// on a terminal. Leaves to others: the texts.
#pragma once

#include <aurelis/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aurelis::cli {

enum class Colour : uint8_t { Plain, Bold, Dim, Red, Green, Yellow };

bool is_terminal(int descriptor) noexcept;
// The text in a colour if standard output is a terminal that supports it (NO_COLOR is empty, TERM is not dumb).
std::string coloured(Colour colour, std::string_view text);

// Writes to standard output. A failure is remembered and reported by finish_output.
void print(std::string_view text);
void print_line(std::string_view text);
// False once standard output cannot be written any more: long output may stop.
bool output_is_wanted() noexcept;
// Flushes standard output. A reader that went away early (EPIPE) is not a failure: it has read what it wanted.
Result<void> finish_output();
// One or more lines to standard error, each after "aurelis: ".
void complain(std::string_view text);
// The same without the prefix, for lines that begin with a place (file:line).
void complain_at_place(std::string_view text);

// A bar on standard error for long work; silent if that is not a terminal. For one thread.
class Progress {
public:
    Progress(std::string what, uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cheap: reads the clock only in every 256th call.
    void advance() noexcept {
        if ((++done_ & 255) == 0 && shown_) draw_if_due();
    }
    // Erases the bar.
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
