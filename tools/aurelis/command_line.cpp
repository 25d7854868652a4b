// The command line. Each command is parsed by a CLI11 application of its own, made when it is needed: so words after
// the command are never taken for another command, and messages about a mistake can name the command's own options.
#include "command_line.hpp"

#include "output/terminal.hpp"
#include "output/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>

namespace aurelis::cli {
namespace {

constexpr const char* kExitStatuses =
    "Exit status: 0 done, 1 a miss or a target not reached, 2 wrong use or a bad configuration,\n"
    "             3 a failure while running (a store, a plugin, the system).";

constexpr const char* kConfigPlaces =
    "The configuration is the first of: --config FILE, $AURELIS_CONFIG, ./aurelis.yaml,\n"
    "$XDG_CONFIG_HOME/aurelis/aurelis.yaml, /etc/aurelis/aurelis.yaml, the bundled default.yaml.";

const std::vector<std::string> kLogLevels{"trace", "debug", "info", "warn", "error", "off"};

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

// Prints the commands whose name begins with it, one line each; false: there are none.
bool print_commands(const Commands& commands, const std::string& beginning) {
    const auto shown = [&](const Command& command) {
        return !command.hidden() && command.name().rfind(beginning, 0) == 0;
    };
    size_t widest = 0;
    for (const auto& command : commands)
        if (shown(*command)) widest = std::max(widest, command->name().size());
    for (const auto& command : commands)
        if (shown(*command))
            print_line("  " + command->name() + std::string(widest - command->name().size() + 2, ' ') +
                       command->summary());
    return widest > 0;
}

void print_overview(const Commands& commands) {
    print_line("aurelis " + std::string(aurelis_version()) +
               ": a cache of several layers, assembled from plugins");
    print_line("\nusage: aurelis COMMAND [ARGUMENT...] [--config FILE] [--json] [--verbose]\n");
    print_line(coloured(Colour::Bold, "commands"));
    print_commands(commands, "");
    print_line("\n" + std::string(kConfigPlaces));
    print_line("\n" + std::string(kExitStatuses));
    print_line("\nexample: aurelis set user_data user123 '{\"name\":\"John\"}' --ttl 1h");
    print_line("help on one command: aurelis get --help");
}

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h"; }

// Options of the whole program may come before the command; they are moved after it.
struct Split {
    std::vector<std::string> words;    // From the command on.
    std::vector<std::string> leading;  // --config FILE, --json and so on that came before it.
    bool help = false;
    bool version = false;
    std::string unknown;
};

Split split(std::vector<std::string> arguments) {
    Split parts;
    size_t at = 0;
    for (; at < arguments.size() && is_option(arguments[at]); ++at) {
        const std::string& word = arguments[at];
        if (asks_for_help(word)) {
            parts.help = true;
        } else if (word == "--version") {
            parts.version = true;
        } else if (word == "--json" || word == "--verbose" || word.rfind("--config=", 0) == 0 ||
                   word.rfind("--log-level=", 0) == 0) {
            parts.leading.push_back(word);
        } else if (word == "--config" || word == "--log-level") {
            parts.leading.push_back(word);
            if (at + 1 < arguments.size()) parts.leading.push_back(arguments[++at]);
        } else {
            parts.unknown = word;
            break;
        }
    }
    parts.words.assign(arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
    return parts;
}

Result<Command*> find_command(const Commands& commands, std::vector<std::string>& words) {
    std::vector<std::string> known, seconds;
    for (const auto& command : commands) {
        const std::string name = command->name();
        const size_t blank = name.find(' ');
        const std::string first = name.substr(0, blank);
        if (first == words[0]) {
            if (blank == std::string::npos) return words.erase(words.begin()), command.get();
            seconds.push_back(name.substr(blank + 1));
            if (words.size() > 1 && words[1] == seconds.back())
                return words.erase(words.begin(), words.begin() + 2), command.get();
        }
        if (!command->hidden() && std::find(known.begin(), known.end(), first) == known.end())
            known.push_back(first);
    }
    if (!seconds.empty() && (words.size() < 2 || is_option(words[1])))
        return usage_error("'" + words[0] + "' needs one more word, " + listed(seconds, "or") +
                           "; such as: aurelis " + words[0] + " " + seconds[0]);
    if (!seconds.empty())
        return usage_error("there is no command '" + words[0] + " " + printable(words[1]) + "'" +
                           did_you_mean(words[1], seconds) + " (known: " + listed(seconds) + ")");
    const std::string guess = did_you_mean(words[0], known);
    return usage_error("there is no command '" + printable(words[0]) + "'" +
                       (guess.empty() ? "; 'aurelis --help' lists them" : guess));
}

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

// What CLI11 could not place.
Result<void> refuse_remaining(const CLI::App& app, const std::string& name) {
    const std::vector<std::string> remaining = app.remaining();
    for (const std::string& word : remaining)
        if (is_option(word) && word != "--")
            return usage_error(name + ": there is no option '" + printable(word.substr(0, word.find('='))) +
                               "'" + did_you_mean(word.substr(0, word.find('=')), option_names(app)) +
                               "; if it is not an option, write -- before the arguments");
    for (const std::string& word : remaining)
        if (word != "--")
            return usage_error(name + ": '" + printable(word) + "' is one argument too many; " +
                               (names_a_file(word) ? "if the shell has expanded a pattern, write it in quotes; " : "") +
                               "see 'aurelis " + name + " --help'");
    return {};
}

// A given option must have a value: `--ttl "$TTL"` with an empty TTL must not mean that no ttl was given.
Result<void> refuse_empty(const CLI::App& app, const std::string& name) {
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || option->count() == 0) continue;
        for (const std::string& value : option->results())
            if (value.empty())
                return usage_error(name + ": --" + option->get_lnames()[0] +
                                   " is empty; give it a value, or leave it out");
    }
    return {};
}

// What CLI11 says about a mistake, with the way out; what is not known here stays as it is.
std::string shown(const std::string& mistake) {
    const auto between = [&](const std::string& before, const std::string& after) -> std::string {
        const size_t begin = mistake.find(before), end = mistake.rfind(after);
        if (begin == std::string::npos || end == std::string::npos || end <= begin + before.size()) return {};
        return mistake.substr(begin + before.size(), end - begin - before.size());
    };
    const std::string option = printable(mistake.substr(0, mistake.find_first_of(": ")));
    if (mistake.rfind("--", 0) == 0) {
        if (mistake.find("At Most 1 required") != std::string::npos)
            return option + " is given more than once; give it once";
        if (const std::string value = between("1 required ", " missing"); !value.empty())
            return option + " needs a value; write " + option + " " + printable(value);
        if (const std::string value = between(": Value ", " not in range"); !value.empty())
            return option + ": '" + printable(value) + "' is not" +
                   printable(mistake.substr(mistake.find(" in range")));
    }
    if (mistake.find("disallowed flag override") != std::string::npos)
        return "--" + option + " takes no value; write it alone";
    if (const std::string name = between("Could not convert: ", " = "); !name.empty())
        return printable(name) + ": '" + printable(mistake.substr(mistake.find(" = ") + 3)) + "' is not a number";
    return printable(mistake);
}

// `--soft=5m` must not pass for `--soft`.
void refuse_values_of_flags(CLI::App& app) {
    for (CLI::Option* option : app.get_options())
        if (option->get_expected_max() == 0) option->disable_flag_override();
}

void print_help(const CLI::App& app, const Command& command) {
    std::string help = app.help();
    while (!help.empty() && help.back() == '\n') help.pop_back();
    print_line(help + "\n\nexample:");
    std::string examples = command.examples();
    for (size_t at = 0; at != std::string::npos && at < examples.size();) {
        const size_t end = std::min(examples.find('\n', at), examples.size());
        print_line("  " + examples.substr(at, end - at));
        at = end + 1;
    }
}

// Set in the environment, so that the processes that a command starts log the same way.
Result<void> choose_log_level(const std::string& command, const CommonOptions& common) {
    if (common.log_level.empty() && !common.verbose) return {};
    const std::string level = common.log_level.empty() ? "debug" : common.log_level;
    if (std::find(kLogLevels.begin(), kLogLevels.end(), level) == kLogLevels.end())
        return usage_error(command + ": --log-level: '" + printable(level) + "' is not a log level" +
                           did_you_mean(level, kLogLevels) + " (known: " + listed(kLogLevels) + ")");
    setenv("AURELIS_LOG", level.c_str(), 1);
    return {};
}

Result<Exit> parse_and_run(Command& command, std::vector<std::string> words) {
    CLI::App app(command.summary(), "aurelis " + command.name());
    app.allow_extras();
    command.describe(app);
    app.add_option("--config", command.common.config, "the configuration (else the usual places)")
        ->type_name("FILE");
    app.add_flag("--json", command.common.json, "answer as JSON");
    app.add_flag("--verbose", command.common.verbose, "log what the cache and its plugins do: --log-level debug");
    app.add_option("--log-level", command.common.log_level,
                   "log from this level up to standard error: trace, debug, info, warn, error, off "
                   "(else $AURELIS_LOG, warn)")
        ->type_name("LEVEL");
    refuse_values_of_flags(app);
    try {
        std::reverse(words.begin(), words.end());  // The order that CLI11 wants.
        app.parse(words);
    } catch (const CLI::CallForHelp&) {
        print_help(app, command);
        return Exit::Done;
    } catch (const CLI::ParseError& mistake) {
        return usage_error(command.name() + ": " + shown(mistake.what()) + "; see 'aurelis " + command.name() +
                           " --help'");
    }
    AURELIS_TRY_VOID(refuse_remaining(app, command.name()));
    AURELIS_TRY_VOID(refuse_empty(app, command.name()));
    AURELIS_TRY_VOID(choose_log_level(command.name(), command.common));
    return command.run();
}

Exit exit_of(aurelis_status status) {
    const bool wrong_use =
        status == AURELIS_E_INVALID || status == AURELIS_E_CONFIG || status == AURELIS_E_TOO_LARGE;
    return wrong_use ? Exit::Usage : Exit::Failure;
}

// "cache.yaml:12: ..."
bool begins_with_place(const std::string& message) {
    const size_t blank = message.find(' ');
    return blank != std::string::npos && blank != 0 && message[blank - 1] == ':';
}

Exit tell(const Error& error) {
    if (error.status == AURELIS_E_CONFIG && begins_with_place(error.message))
        complain_at_place(error.message);
    else
        complain(error.message);
    return exit_of(error.status);
}

Result<Exit> dispatch(std::vector<std::string> arguments) {
    Commands commands = all_commands();
    Split parts = split(std::move(arguments));
    if (!parts.unknown.empty())
        return usage_error(
            "there is no option '" + printable(parts.unknown) + "'" +
            did_you_mean(parts.unknown, {"--config", "--json", "--verbose", "--log-level", "--help", "--version"}) +
            "; options of a command go after it");
    if (parts.version) return print_line("aurelis " + std::string(aurelis_version())), Exit::Done;
    if (parts.help && parts.words.empty()) return print_overview(commands), Exit::Done;
    if (parts.words.empty()) return usage_error("no command given; 'aurelis --help' lists the commands");
    if (parts.words[0] == "help" && parts.words.size() == 1) return print_overview(commands), Exit::Done;
    if (parts.words[0] == "help") parts.words.erase(parts.words.begin()), parts.help = true;
    // `aurelis config --help`: the first of two words.
    const bool group_help =
        parts.words.size() == 1 ? parts.help : parts.words.size() == 2 && asks_for_help(parts.words[1]);
    if (group_help && print_commands(commands, parts.words[0] + " ")) return Exit::Done;
    AURELIS_TRY(command, find_command(commands, parts.words));
    if (parts.help) parts.leading.push_back("--help");
    parts.words.insert(parts.words.begin(), parts.leading.begin(), parts.leading.end());
    return parse_and_run(*command, std::move(parts.words));
}

}  // namespace

Exit run_command_line(std::vector<std::string> arguments) {
    Exit exit = Exit::Failure;
    try {
        const Result<Exit> result = dispatch(std::move(arguments));
        exit = result.has_value() ? result.value() : tell(result.error());
    } catch (const std::exception& caught) {
        complain(std::string("stopped by ") + caught.what());
    }
    if (const auto output = finish_output(); !output.has_value()) exit = tell(output.error());
    return exit;
}

}  // namespace aurelis::cli
