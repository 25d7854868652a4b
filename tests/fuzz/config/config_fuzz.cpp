// aurelis-fuzz-config --samples FILE... [--seed N] [--runs N] [--first N]: mutated configurations through `config
// check`, and what passes it through opening and closing a cache. Nothing may crash or hang, and every mistake must be
// reported in a line that begins with file:line. Exit status: 0 everything held, 1 something did not, 2 wrong use. A
// finding names the run, which `--first N --runs 1` repeats, and leaves its text in a file.
#include "mutator.hpp"

#include "api/cache_builder.hpp"
#include "api/inspect.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

using namespace aurelis;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr unsigned kGuardSeconds = 120;  // Against hanging: a run takes milliseconds.

volatile uint64_t running = 0;

// Does only what is allowed in a handler: the finding is the number of the run.
[[gnu::noinline]] void die(int signal) {
    char line[96];
    const int size = std::snprintf(line, sizeof line, "run %llu: %s\n", static_cast<unsigned long long>(running),
                                   signal == SIGALRM ? "it hangs" : "it crashes");
    if (write(STDERR_FILENO, line, static_cast<size_t>(size)) < 0) _exit(3);
    std::signal(signal, SIG_DFL);
    raise(signal == SIGALRM ? SIGABRT : signal);
}

struct Options {
    std::vector<std::string> samples;
    uint64_t seed = 1, runs = 400, first = 0;
};

struct Tally {
    uint64_t accepted = 0, refused = 0, opened = 0, not_opened = 0, lines = 0, findings = 0;
};

std::string text_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// A YAML file as it is, or the YAML blocks of a page, completed if they leave out the layers.
void add_samples(const std::string& file, std::vector<std::string>& samples) {
    const std::string text = text_of(file);
    if (!file.ends_with(".md")) return samples.push_back(text);
    constexpr std::string_view kBegin = "```yaml\n", kEnd = "```";
    for (size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1)) {
        const size_t begin = at + kBegin.size(), end = text.find(kEnd, begin);
        std::string block = text.substr(begin, end - begin);
        if (block.find("layers:") == std::string::npos)
            block += "layers:\n  - {name: L1_memory, backend: memory, priority: 2}\n";
        samples.push_back(std::move(block));
    }
}

bool begins_with_place(const std::string& line, const std::string& file) {
    if (line.compare(0, file.size() + 1, file + ":") != 0) return false;
    size_t at = file.size() + 1;
    const size_t digits = at;
    while (at < line.size() && line[at] >= '0' && line[at] <= '9') ++at;
    return at > digits && line.compare(at, 2, ": ") == 0 && line.size() > at + 2;
}

// The first line without a place; the last of very many may be the count of those that are left out.
std::string line_without_place(const std::string& text, const std::string& file, Tally& tally) {
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        begin = end + 1;
        ++tally.lines;
        if (!begins_with_place(line, file) && line.find(": there are more; correct these first") == std::string::npos)
            return line;
    }
    return {};
}

// There is no Redis here, and waiting for one is not what is tested.
bool can_be_opened(const Json& checked) {
    for (const char* kind : {"layers", "origins"})
        for (const Json& one : checked.at(kind))
            if (one.at("backend") == "redis") return false;
    return !checked.at("layers").empty();
}

// What is wrong with the behaviour; empty: nothing.
std::string broken_promise(const fs::path& folder, Tally& tally) {
    const std::string file = (folder / "case.yaml").string(), data = (folder / "data").string();
    aurelis_open_options options{};
    options.struct_size = sizeof options;
    options.file = file.c_str();
    options.data_folder = data.c_str();  // Wherever a path leads after its mutation, nothing is written there.
    options.log = [](void*, uint32_t, const char*, size_t) noexcept {};
    options.log_level = 5;
    auto checked = core::check_config(options);
    if (!checked) return "no report at all: " + checked.error().message;
    const Json json = Json::parse(checked.value().json, nullptr, false);
    if (json.is_discarded()) return "the report is not JSON";
    const std::string& problems = checked.value().problems;
    if (problems.empty() != json.at("problems").empty()) return "text and JSON disagree";
    if (const std::string line = line_without_place(problems, file, tally); !line.empty())
        return "without a place: " + line;
    ++(problems.empty() ? tally.accepted : tally.refused);
    if (problems.empty() && !can_be_opened(json)) return {};
    auto built = core::build_cache(options);
    if (built && !problems.empty()) return "opened in spite of mistakes";
    if (built) return ++tally.opened, std::string();
    if (problems.empty()) ++tally.not_opened;
    const std::string line = line_without_place(built.error().message, file, tally);
    return line.empty() ? std::string() : "opening fails without a place: " + line;
}

bool read_options(int argc, char** argv, Options& options) {
    uint64_t* number = nullptr;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--samples") {
            number = nullptr;
        } else if (word == "--seed" || word == "--runs" || word == "--first") {
            number = word == "--seed" ? &options.seed : word == "--runs" ? &options.runs : &options.first;
        } else if (number != nullptr) {
            *number = std::strtoull(word.c_str(), nullptr, 10);
        } else {
            add_samples(word, options.samples);
        }
    }
    return !options.samples.empty();
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!read_options(argc, argv, options)) {
        std::fprintf(stderr, "usage: aurelis-fuzz-config --samples FILE... [--seed N] [--runs N] [--first N]\n");
        return 2;
    }
    std::string folder = (fs::temp_directory_path() / "aurelis-fuzz-config-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) return 2;
    std::signal(SIGALRM, &die);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // Those tell more.
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(signal, &die);
#endif
    fuzz::Mutator mutator(options.samples, options.seed);
    Tally tally;
    std::map<std::string, int> told;
    for (uint64_t run = options.first; run < options.first + options.runs; ++run) {
        running = run;
        const std::string text = mutator.make(run);
        std::ofstream(fs::path(folder) / "case.yaml", std::ios::binary) << text;
        alarm(kGuardSeconds);
        std::string broken = broken_promise(folder, tally);
        alarm(0);
        std::error_code ignored;
        fs::remove_all(fs::path(folder) / "data", ignored);
        if (broken.empty()) continue;
        ++tally.findings;
        std::ofstream(fs::path(folder) / ("finding" + std::to_string(run) + ".yaml"), std::ios::binary) << text;
        if (told[broken]++ < 3) std::printf("run %llu: %s\n", static_cast<unsigned long long>(run), broken.c_str());
    }
    std::printf(
        "seed %llu: %llu runs, %llu accepted (%llu opened, %llu could not be), %llu refused in %llu lines, "
        "%llu findings\n",
        static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(options.runs),
        static_cast<unsigned long long>(tally.accepted), static_cast<unsigned long long>(tally.opened),
        static_cast<unsigned long long>(tally.not_opened), static_cast<unsigned long long>(tally.refused),
        static_cast<unsigned long long>(tally.lines), static_cast<unsigned long long>(tally.findings));
    std::error_code ignored;
    if (tally.findings == 0) fs::remove_all(folder, ignored);
    if (tally.findings != 0) std::printf("the texts are in %s\n", folder.c_str());
    return tally.findings == 0 ? 0 : 1;
}
