// The runner: a fresh folder, host and instance for each section.
#include "conformance.hpp"

#include "isolated.hpp"
#include "stage_sections.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>

namespace aurelis::conformance {

namespace {

namespace fs = std::filesystem;

// An empty folder that is deleted with its owner.
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

template <typename OfKind>
SectionReport run_section(const PluginFile& file, const PluginUnderTest& plugin, const SectionOf<OfKind>& section,
                          const Folder& folder, Judge& judge) {
    SectionReport result;
    const int64_t held_before = PluginHost::live_buffers(), misused_before = PluginHost::misused_buffers();
    if (folder.path().empty()) {
        judge.check(false, "no temporary folder can be made; set TMPDIR", __FILE__, __LINE__);
        return result;
    }
    {
        OfKind bench(file, in_folder(plugin, folder.path()), judge);
        result.applies = !bench.ready() || bench.has(section.caps);
        if (bench.ready() && result.applies) section.run(bench);
        CallErrors::of_this_thread() = {};  // What is checked now is not about a single call.
        for (const std::string& fault : bench.host.call_faults())
            judge.check(false, fault.c_str(), __FILE__, __LINE__);
    }
    judge.check(PluginHost::live_buffers() == held_before, "every buffer of the host was released", __FILE__, __LINE__);
    judge.check(PluginHost::misused_buffers() == misused_before,
                "no buffer of the host was retained or released after its last release", __FILE__, __LINE__);
    return result;
}

template <typename OfKind>
SectionReport run_here(const PluginFile& file, const PluginUnderTest& plugin, const SectionOf<OfKind>& section) {
    Judge judge;
    const Folder folder;
    SectionReport result = run_section(file, plugin, section, folder, judge);
    result.checks = judge.checked();
    result.failures = judge.failures();
    return result;
}

// Failures are reported one by one as they happen (f); at the end the whole list replaces them (w), with how often each
// happened. n: the number of checks; a: the section does not apply.
template <typename OfKind>
SectionReport run_apart(const PluginUnderTest& plugin, const SectionOf<OfKind>& section, int timeout_seconds) {
    SectionReport result;
    std::vector<std::string> all;
    const Folder folder;  // Owned by this process, so that it is deleted even if the section dies.
    const std::string end = run_isolated(
        [&](const Teller& teller) {
            auto file = PluginFile::load(plugin.file);
            if (!file) return teller.tell('w', file.error().message);
            Judge judge([&](const std::string& failure) { teller.tell('f', failure); });
            if (!run_section(file.value(), plugin, section, folder, judge).applies) teller.tell('a', {});
            for (const std::string& failure : judge.failures()) teller.tell('w', failure);
            teller.tell('n', std::to_string(judge.checked()));
        },
        [&](char kind, std::string text) {
            if (kind == 'a') result.applies = false;
            if (kind == 'n') result.checks = std::strtoull(text.c_str(), nullptr, 10);
            if (kind == 'f') result.failures.push_back(std::move(text));
            if (kind == 'w') all.push_back(std::move(text));
        },
        timeout_seconds);
    if (!all.empty()) result.failures = std::move(all);
    if (!end.empty()) result.failures.push_back("plugin " + plugin.file + " (" + plugin.type_name + ") " + end);
    return result;
}

void tell(SectionReport report, Outcome& outcome, std::ostream& progress) {
    progress << report.verdict() << '\n';
    for (const std::string& failure : report.failures) progress << "      " << failure << '\n';
    progress.flush();
    ++(report.applies ? outcome.sections : outcome.not_applicable);
    outcome.checks += report.checks;
    outcome.failures += report.failures.size();
    outcome.reports.push_back(std::move(report));
}

bool is_chosen(const std::string& name, const std::vector<std::string>& only) {
    const auto holds = [&](const std::string& part) { return name.find(part) != std::string::npos; };
    return only.empty() || std::any_of(only.begin(), only.end(), holds);
}

template <typename OfKind>
Result<void> run_sections(const PluginUnderTest& plugin, const std::vector<SectionOf<OfKind>>& sections,
                          std::ostream& progress, const RunOptions& options, Outcome& outcome) {
    for (const std::string& part : options.only)
        if (std::none_of(sections.begin(), sections.end(), [&](auto& one) { return is_chosen(one.name, {part}); }))
            return fail(AURELIS_E_CONFIG, "no section for " + plugin.type_name + " has '" + part +
                                              "' in its name; --list names them all");
    std::optional<PluginFile> here;
    if (options.isolation == Isolation::None) {
        AURELIS_TRY(file, PluginFile::load(plugin.file));
        here = file;
    }
    for (const SectionOf<OfKind>& section : sections) {
        if (!is_chosen(section.name, options.only)) continue;
        progress << section.name << " ... " << std::flush;
        const auto begin = std::chrono::steady_clock::now();
        SectionReport report =
            here ? run_here(*here, plugin, section) : run_apart(plugin, section, options.timeout_seconds);
        report.name = section.name;
        report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        tell(std::move(report), outcome, progress);
    }
    return {};
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
    const std::string told = std::string(file_name(file)) + ":" + std::to_string(line) + ": " + what;
    const auto [known, is_new] = places_.emplace(told, failures_.size());
    if (!is_new) {
        ++failures_[known->second].times;
        return;
    }
    std::string said = CallErrors::of_this_thread().text;
    for (char& byte : said) byte = static_cast<unsigned char>(byte) < ' ' ? '?' : byte;  // A failure is one line.
    failures_.push_back({said.empty() ? told : told + "; the plugin said: " + said, 1});
    if (on_failure_) on_failure_(failures_.back().text);
}

size_t Judge::checked() const {
    std::scoped_lock lock(mutex_);
    return checked_;
}

std::vector<std::string> Judge::failures() const {
    std::scoped_lock lock(mutex_);
    std::vector<std::string> told;
    for (const Failure& one : failures_)
        told.push_back(one.times > 1 ? one.text + " (" + std::to_string(one.times) + " times)" : one.text);
    return told;
}

Bench::Bench(const PluginFile& file, PluginUnderTest backend, Judge& judge_)
    : judge(judge_), file_(file), backend_(std::move(backend)) {
    host.limit_calls();
    store_ = open();
}

std::unique_ptr<Instance> Bench::open() {
    auto opened = Instance::open(file_, backend_.type_name, backend_.options, host);
    if (opened) return std::move(opened).value();
    CallErrors::of_this_thread() = {};  // The message contains it already.
    judge.check(false, ("create and start: " + opened.error().message).c_str(), __FILE__, __LINE__);
    return nullptr;
}

std::vector<SectionName> section_names() {
    std::vector<SectionName> names;
    for (const Section& section : all_sections()) names.push_back({"backend", section.name, cap_names(section.caps)});
    for (const StageSection& section : all_stage_sections())
        names.push_back({"serializer", section.name, stage_cap_names(section.caps)});
    return names;
}

Result<Outcome> run_conformance(const PluginUnderTest& plugin, std::ostream& progress, const RunOptions& options) {
    constexpr const char* kLoading = "the file is loaded and says what it has";
    progress << kLoading << " ... " << std::flush;
    uint32_t kind = 0;
    std::string refused, end;
    const auto look = [&] {
        auto looked = kind_of(plugin);
        if (looked) kind = looked.value();
        if (!looked) refused = looked.error().message;
    };
    if (options.isolation == Isolation::None) {
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
            options.timeout_seconds);
    }
    Outcome outcome;
    if (!end.empty()) {
        tell({kLoading, true, 1, 0, {"plugin " + plugin.file + " " + end}}, outcome, progress);
        return outcome;
    }
    if (refused.empty() && kind == 0)
        refused = plugin.file + ": has neither a backend nor a serializer '" + plugin.type_name + "'";
    progress << (refused.empty() ? "ok" : "FAILS") << std::endl;
    if (!refused.empty()) return fail(AURELIS_E_CONFIG, refused);
    if (kind == AURELIS_KIND_BACKEND)
        AURELIS_TRY_VOID(run_sections<Bench>(plugin, all_sections(), progress, options, outcome));
    else
        AURELIS_TRY_VOID(run_sections<StageBench>(plugin, all_stage_sections(), progress, options, outcome));
    return outcome;
}

}  // namespace aurelis::conformance
