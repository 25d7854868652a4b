// aurelis-conformance [options] PLUGIN.so TYPE [option=value...]: runs the suite on a backend or a serializer. Exit
// status: 0 it conforms, 1 it does not or dies, 2 wrong use or the plugin cannot be loaded.
#include "conformance.hpp"

#include <aurelis/base/standard_descriptors.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <iostream>
#include <optional>

namespace {

using namespace aurelis::conformance;

constexpr const char* kUsage =
    "usage: aurelis-conformance [--only TEXT]... [--timeout SECONDS] [--json] [--in-process]\n"
    "                           PLUGIN.so TYPE [option=value...]\n"
    "       aurelis-conformance --list\n"
    "example: aurelis-conformance ./sqlite-disk.so sqlite-disk path={dir}/cache.db\n"
    "example: aurelis-conformance --only scans --only threads ./gzip.so gzip level=1\n"
    "  --only TEXT        only the sections that have TEXT in their name\n"
    "  --timeout SECONDS  after which a section is stopped and has failed (600)\n"
    "  --json             the report as JSON on standard output, the progress on standard error\n"
    "  --in-process       all sections in this process, for a debugger; then nothing stops one that hangs\n"
    "  --list             names the sections and the capabilities that they need\n"
    "{dir} stands for an empty folder that is made for each section.\n";

struct Arguments {
    RunOptions run;
    bool json = false, list = false, help = false;
    std::vector<std::string> words;  // What is not an option of the program.
};

aurelis::Error wrong(const std::string& what) { return aurelis::fail(AURELIS_E_CONFIG, what); }

aurelis::Result<int> seconds_of(const std::string& text) {
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size() && seconds >= 1) return seconds;
    return wrong("--timeout takes whole seconds, 1 or more; got '" + text + "'");
}

aurelis::Result<Arguments> read(const std::vector<std::string>& words) {
    Arguments read;
    size_t i = 0;
    for (; i < words.size() && words[i].starts_with("--"); ++i) {
        const std::string& word = words[i];
        const bool takes_value = word == "--only" || word == "--timeout";
        if (takes_value && ++i == words.size()) return wrong(word + " needs a value");
        if (word == "--only") {
            read.run.only.push_back(words[i]);
        } else if (word == "--timeout") {
            AURELIS_TRY(seconds, seconds_of(words[i]));
            read.run.timeout_seconds = seconds;
        } else if (word == "--in-process") {
            read.run.isolation = Isolation::None;
        } else if (word == "--json") {
            read.json = true;
        } else if (word == "--list") {
            read.list = true;
        } else if (word == "--help") {
            read.help = true;
        } else {
            return wrong("unknown option '" + word + "'");
        }
    }
    read.words.assign(words.begin() + static_cast<long>(i), words.end());
    return read;
}

aurelis::Result<PluginUnderTest> plugin_of(const std::vector<std::string>& words) {
    if (words.size() < 2) return wrong("name the plugin's file and the type of its component");
    PluginUnderTest plugin{words[0], words[1], {}};
    for (size_t i = 2; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        if (equals == std::string::npos) return wrong("'" + words[i] + "' is not an option; write name=value");
        plugin.options.emplace_back(words[i].substr(0, equals), words[i].substr(equals + 1));
    }
    return plugin;
}

void print_sections() {
    for (const SectionName& one : section_names())
        std::cout << one.kind << ": " << one.name << (one.needs.empty() ? "" : "  (needs " + one.needs + ")") << '\n';
}

// A plugin's text need not be UTF-8; invalid bytes become U+FFFD.
std::string as_json(const PluginUnderTest& plugin, const Outcome& outcome) {
    nlohmann::ordered_json report{{"plugin", plugin.file},
                                  {"type", plugin.type_name},
                                  {"conforms", outcome.failures == 0},
                                  {"sections", nlohmann::ordered_json::array()}};
    for (const SectionReport& one : outcome.reports)
        report["sections"].push_back({{"name", one.name},
                                      {"verdict", one.verdict()},
                                      {"checks", one.checks},
                                      {"seconds", one.seconds},
                                      {"failures", one.failures}});
    return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

int refuse(const aurelis::Error& error, bool with_usage) {
    std::cerr << "aurelis-conformance: " << error.message << '\n' << (with_usage ? kUsage : "");
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    const auto arguments = read(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
    if (!arguments) return refuse(arguments.error(), true);
    const Arguments& asked = arguments.value();
    if (asked.help) return std::cout << kUsage, 0;
    if (asked.list) return print_sections(), 0;
    const auto plugin = plugin_of(asked.words);
    if (!plugin) return refuse(plugin.error(), true);
    std::ostream& progress = asked.json ? std::cerr : std::cout;
    const auto ran = run_conformance(plugin.value(), progress, asked.run);
    if (!ran) return refuse(ran.error(), false);
    const Outcome& outcome = ran.value();
    progress << outcome.sections << " sections, " << outcome.not_applicable << " not applicable, " << outcome.checks
             << " checks, " << outcome.failures << " failures\n";
    if (asked.json) std::cout << as_json(plugin.value(), outcome) << '\n';
    return outcome.failures == 0 ? 0 : 1;
}
