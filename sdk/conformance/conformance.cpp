// The runner: a fresh folder, host and instance for each section.
#include "conformance.hpp"

#include "isolated.hpp"
#include "stage_sections.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>

namespace aurelis::conformance {

namespace {

namespace fs = std::filesystem;

// An empty folder that goes with its owner.
class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "aurelis-conformance-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

PluginUnderTest in_folder(PluginUnderTest plugin, const std::string& folder) {
    constexpr std::string_view kPlace = "{dir}";
    for (auto& [name, value] : plugin.options) {
        for (size_t at = value.find(kPlace); at != std::string::npos;
             at = value.find(kPlace, at + folder.size()))
            value.replace(at, kPlace.size(), folder);
    }
    return plugin;
}

const char* file_name(const char* path) noexcept {
    const std::string_view whole = path;
    const size_t slash = whole.rfind('/');
    return slash == std::string_view::npos ? path : path + slash + 1;
}

constexpr int kSectionSeconds = 1800;  // Against hanging: no section takes a minute, sanitizers and a slow machine included.

// What a section came to, whatever became of its process.
struct SectionResult {
    bool applies = true;
    size_t checks = 0;
    std::vector<std::string> failures;
};

template <typename OfKind>
SectionResult run_section(const PluginFile& file, const PluginUnderTest& plugin, const SectionOf<OfKind>& section,
                          Judge& judge) {
    SectionResult result;
    const int64_t held_before = PluginHost::live_buffers(), misused_before = PluginHost::misused_buffers();
    const Folder folder;
    if (folder.path().empty()) {
        judge.check(false, "no temporary folder can be made; set TMPDIR", __FILE__, __LINE__);
        return result;
    }
    {
        OfKind bench(file, in_folder(plugin, folder.path()), judge);
        result.applies = !bench.ready() || bench.has(section.caps);
        if (bench.ready() && result.applies) section.run(bench);
    }
    judge.check(PluginHost::live_buffers() == held_before, "every buffer of the host was released", __FILE__, __LINE__);
    judge.check(PluginHost::misused_buffers() == misused_before,
                "no buffer of the host was retained or released after its last release", __FILE__, __LINE__);
    return result;
}

template <typename OfKind>
SectionResult run_here(const PluginFile& file, const PluginUnderTest& plugin, const SectionOf<OfKind>& section) {
    Judge judge;
    SectionResult result = run_section(file, plugin, section, judge);
    result.checks = judge.checked();
    result.failures = judge.failures();
    return result;
}

// Failures are told one by one as they happen (f); the whole list comes at the end (w) in their place, with how often
// each happened. Then n: the checks, a: it does not apply.
template <typename OfKind>
SectionResult run_apart(const PluginUnderTest& plugin, const SectionOf<OfKind>& section) {
    SectionResult result;
    std::vector<std::string> all;
    const std::string end = run_isolated(
        [&](const Teller& teller) {
            auto file = PluginFile::load(plugin.file);
            if (!file) return teller.tell('w', file.error().message);
            Judge judge([&](const std::string& failure) { teller.tell('f', failure); });
            if (!run_section(file.value(), plugin, section, judge).applies) teller.tell('a', {});
            for (const std::string& failure : judge.failures()) teller.tell('w', failure);
            teller.tell('n', std::to_string(judge.checked()));
        },
        [&](char kind, std::string text) {
            if (kind == 'a') result.applies = false;
            if (kind == 'n') result.checks = std::strtoull(text.c_str(), nullptr, 10);
            if (kind == 'f') result.failures.push_back(std::move(text));
            if (kind == 'w') all.push_back(std::move(text));
        },
        kSectionSeconds);
    if (!all.empty()) result.failures = std::move(all);
    if (!end.empty()) result.failures.push_back("plugin " + plugin.file + " (" + plugin.type_name + ") " + end);
    return result;
}

void tell(const char* name, const SectionResult& result, Outcome& outcome, std::ostream& out) {
    out << (!result.failures.empty() ? "FAILS" : result.applies ? "ok" : "n/a") << '\n';
    for (const std::string& failure : result.failures) {
        out << "      " << failure << '\n';
        outcome.failures.push_back(std::string(name) + ": " + failure);
    }
    out.flush();
    ++(result.applies ? outcome.sections : outcome.not_applicable);
    outcome.checks += result.checks;
}

// A section's name is out before any of it runs: whoever watches, or finds a log that ends there, knows whose it is.
template <typename OfKind>
Result<Outcome> run_sections(const PluginUnderTest& plugin, const std::vector<SectionOf<OfKind>>& sections,
                             std::ostream& out, Isolation isolation) {
    std::optional<PluginFile> here;
    if (isolation == Isolation::None) {
        AURELIS_TRY(file, PluginFile::load(plugin.file));
        here = file;
    }
    Outcome outcome;
    for (const SectionOf<OfKind>& section : sections) {
        out << section.name << " ... " << std::flush;
        tell(section.name, here ? run_here(*here, plugin, section) : run_apart(plugin, section), outcome, out);
    }
    return outcome;
}

// 0: it has neither.
Result<uint32_t> kind_of(const PluginUnderTest& plugin) {
    AURELIS_TRY(file, PluginFile::load(plugin.file));
    for (const uint32_t kind : {uint32_t{AURELIS_KIND_BACKEND}, uint32_t{AURELIS_KIND_SERIALIZER}})
        if (file.component(kind, plugin.type_name) != nullptr) return kind;
    return uint32_t{0};
}

}  // namespace

void Judge::check(bool holds, const char* what, const char* file, int line) {
    std::scoped_lock lock(mutex_);
    ++checked_;
    if (holds) return;
    std::string told = std::string(file_name(file)) + ":" + std::to_string(line) + ": " + what;
    if (++times_[told] != 1) return;
    if (on_failure_) on_failure_(told);
    failures_.push_back(std::move(told));
}

size_t Judge::checked() const {
    std::scoped_lock lock(mutex_);
    return checked_;
}

std::vector<std::string> Judge::failures() const {
    std::scoped_lock lock(mutex_);
    std::vector<std::string> told = failures_;
    for (std::string& one : told) {
        const size_t times = times_.at(one);
        if (times > 1) one += " (" + std::to_string(times) + " times)";
    }
    return told;
}

Bench::Bench(const PluginFile& file, PluginUnderTest backend, Judge& judge_)
    : judge(judge_), file_(file), backend_(std::move(backend)), store_(open()) {}

std::unique_ptr<Instance> Bench::open() {
    auto opened = Instance::open(file_, backend_.type_name, backend_.options, host);
    if (opened) return std::move(opened).value();
    judge.check(false, ("create and start: " + opened.error().message).c_str(), __FILE__, __LINE__);
    return nullptr;
}

Result<Outcome> run_backend_conformance(const PluginUnderTest& backend, std::ostream& out, Isolation isolation) {
    return run_sections<Bench>(backend, all_sections(), out, isolation);
}

Result<Outcome> run_serializer_conformance(const PluginUnderTest& serializer, std::ostream& out, Isolation isolation) {
    return run_sections<StageBench>(serializer, all_stage_sections(), out, isolation);
}

Result<Outcome> run_conformance(const PluginUnderTest& plugin, std::ostream& out, Isolation isolation) {
    constexpr const char* kLoading = "the file is loaded and says what it has";
    out << kLoading << " ... " << std::flush;
    uint32_t kind = 0;
    std::string refused, end;
    const auto look = [&] {
        auto looked = kind_of(plugin);
        if (looked) kind = looked.value();
        if (!looked) refused = looked.error().message;
    };
    if (isolation == Isolation::None) {
        look();
    } else {
        end = run_isolated(
            [&](const Teller& teller) {
                look();
                teller.tell('k', std::to_string(kind));
                teller.tell('r', refused);
            },
            [&](char what, std::string text) {
                if (what == 'k') kind = static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
                if (what == 'r') refused = std::move(text);
                if (what == 'f') end = std::move(text);
            },
            kSectionSeconds);
    }
    if (!end.empty()) {
        Outcome outcome;
        tell(kLoading, {true, 1, {"plugin " + plugin.file + " " + end}}, outcome, out);
        return outcome;
    }
    if (refused.empty() && kind == 0)
        refused = plugin.file + ": has neither a backend nor a serializer '" + plugin.type_name + "'";
    out << (refused.empty() ? "ok" : "FAILS") << std::endl;
    if (!refused.empty()) return fail(AURELIS_E_CONFIG, refused);
    return kind == AURELIS_KIND_BACKEND ? run_backend_conformance(plugin, out, isolation)
                                        : run_serializer_conformance(plugin, out, isolation);
}

}  // namespace aurelis::conformance
