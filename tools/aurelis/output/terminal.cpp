// The program's output.
#include "output/terminal.hpp"

#include "output/units.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace aurelis::cli {
namespace {

int output_error = 0;  // The first errno of a write to standard output.

bool colours_wanted(int descriptor) {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return is_terminal(descriptor) && !(no_colour != nullptr && *no_colour != '\0') &&
           !(term != nullptr && std::strcmp(term, "dumb") == 0);
}

const char* code_of(Colour colour) {
    switch (colour) {
        case Colour::Bold:
            return "\x1b[1m";
        case Colour::Dim:
            return "\x1b[2m";
        case Colour::Red:
            return "\x1b[31m";
        case Colour::Green:
            return "\x1b[32m";
        case Colour::Yellow:
            return "\x1b[33m";
        case Colour::Plain:
            break;
    }
    return "";
}

void complain_lines(std::string_view text, std::string_view prefix) {
    std::string all;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        all.append(prefix).append(text.substr(0, end)).append(1, '\n');
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    std::fwrite(all.data(), 1, all.size(), stderr);
}

}  // namespace

bool is_terminal(int descriptor) noexcept { return isatty(descriptor) == 1; }

std::string coloured(Colour colour, std::string_view text) {
    static const bool wanted = colours_wanted(STDOUT_FILENO);
    if (!wanted || colour == Colour::Plain) return std::string(text);
    return code_of(colour) + std::string(text) + "\x1b[0m";
}

void print(std::string_view text) {
    if (output_error != 0 || text.empty()) return;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_error = errno;
}

void print_line(std::string_view text) {
    print(text);
    print("\n");
}

bool output_is_wanted() noexcept { return output_error == 0; }

Result<void> finish_output() {
    if (output_error == 0 && std::fflush(stdout) != 0) output_error = errno;
    if (output_error == 0 || output_error == EPIPE) return {};
    return fail(AURELIS_E_FAILED,
                "standard output cannot be written: " + std::string(std::strerror(output_error)) +
                    "; free some space, or write it elsewhere");
}

void complain(std::string_view text) { complain_lines(text, "aurelis: "); }

void complain_at_place(std::string_view text) { complain_lines(text, ""); }

Progress::Progress(std::string what, uint64_t total)
    : what_(std::move(what)), total_(total), shown_(is_terminal(STDERR_FILENO)) {}

Progress::~Progress() { finish(); }

void Progress::draw_if_due() noexcept {
    constexpr auto kInterval = std::chrono::milliseconds(100);
    constexpr size_t kBarWidth = 30;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + kInterval;
    drawn_ = true;
    const double share = total_ == 0 ? 0.0 : static_cast<double>(done_) / static_cast<double>(total_);
    const auto filled = static_cast<size_t>(share * kBarWidth);
    const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
    std::fprintf(stderr, "\r%s [%s] %3d %%  %s ", what_.c_str(), bar.c_str(), static_cast<int>(share * 100),
                 format_count(done_).c_str());
    std::fflush(stderr);
}

void Progress::finish() noexcept {
    if (!drawn_) return;
    drawn_ = false;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
}

}  // namespace aurelis::cli
