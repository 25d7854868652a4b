// Command: one word of the command line with its options, as an object. The command line makes one, lets it
// describe its options, parses, and runs it. Leaves to others: finding it (command_line) and what it does
// (commands/).
#pragma once

#include <CLI/CLI.hpp>
#include <aurelis/cache.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace aurelis::cli {

// The program's exit status, which scripts may rely on.
enum class Exit : int { Done = 0, Miss = 1, Usage = 2, Failure = 3 };

// The options of every command.
struct CommonOptions {
    std::string config;
    bool json = false;
    bool verbose = false;
    std::string log_level;  // Empty: from AURELIS_LOG, else warn.

    OpenOptions opening() const {
        OpenOptions options;
        options.file = config;
        return options;
    }
};

class Command {
public:
    virtual ~Command() = default;

    virtual std::string name() const = 0;     // One or two words.
    virtual std::string summary() const = 0;  // One line.
    virtual std::string examples() const = 0;
    virtual bool hidden() const { return false; }
    virtual void describe(CLI::App& app) = 0;
    virtual Result<Exit> run() = 0;

    CommonOptions common;
};

using Commands = std::vector<std::unique_ptr<Command>>;

// All commands in the order in which help lists them.
Commands all_commands();

// Whether the shell may have made the word from a wildcard.
inline bool names_a_file(const std::string& word) {
    std::error_code error;
    return !word.empty() && std::filesystem::exists(word, error);
}

inline Error usage_error(std::string message) { return fail(AURELIS_E_INVALID, std::move(message)); }

}  // namespace aurelis::cli
