// The runner: a fresh folder, host and instance for each section.
#include "conformance.hpp"

#include "stage_sections.hpp"

#include <cstdlib>
#include <filesystem>
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

// One kind's sections, each with a bench of its own; a section's line is flushed, so that a crash shows whose it is.
template <typename OfKind>
Result<Outcome> run_sections(const PluginUnderTest& plugin, const std::vector<SectionOf<OfKind>>& sections,
                             std::ostream& out) {
    AURELIS_TRY(file, PluginFile::load(plugin.file));
    Outcome outcome;
    const int64_t buffers_before = PluginHost::live_buffers();
    for (const SectionOf<OfKind>& section : sections) {
        Judge judge;
        const Folder folder;
        if (folder.path().empty()) return fail(AURELIS_E_FAILED, "no temporary folder can be made; set TMPDIR");
        bool applies = false;
        {
            OfKind bench(file, in_folder(plugin, folder.path()), judge);
            applies = !bench.ready() || bench.has(section.caps);
            if (bench.ready() && applies) section.run(bench);
        }
        judge.check(PluginHost::live_buffers() == buffers_before, "every buffer of the host was released", __FILE__,
                    __LINE__);
        const std::vector<std::string> failures = judge.failures();
        out << (!applies ? "n/a   " : failures.empty() ? "ok    " : "FAILS ") << section.name << '\n';
        for (const std::string& failure : failures) {
            out << "      " << failure << '\n';
            outcome.failures.push_back(std::string(section.name) + ": " + failure);
        }
        out.flush();
        ++(applies ? outcome.sections : outcome.not_applicable);
        outcome.checks += judge.checked();
    }
    return outcome;
}

}  // namespace

void Judge::check(bool holds, const char* what, const char* file, int line) {
    std::scoped_lock lock(mutex_);
    ++checked_;
    if (holds) return;
    std::string told = std::string(file_name(file)) + ":" + std::to_string(line) + ": " + what;
    if (++times_[told] == 1) failures_.push_back(std::move(told));
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

Result<Outcome> run_backend_conformance(const PluginUnderTest& backend, std::ostream& out) {
    return run_sections<Bench>(backend, all_sections(), out);
}

Result<Outcome> run_serializer_conformance(const PluginUnderTest& serializer, std::ostream& out) {
    return run_sections<StageBench>(serializer, all_stage_sections(), out);
}

Result<Outcome> run_conformance(const PluginUnderTest& plugin, std::ostream& out) {
    AURELIS_TRY(file, PluginFile::load(plugin.file));
    if (file.component(AURELIS_KIND_BACKEND, plugin.type_name) != nullptr) return run_backend_conformance(plugin, out);
    if (file.component(AURELIS_KIND_SERIALIZER, plugin.type_name) != nullptr)
        return run_serializer_conformance(plugin, out);
    return fail(AURELIS_E_CONFIG, plugin.file + ": has neither a backend nor a serializer '" + plugin.type_name + "'");
}

}  // namespace aurelis::conformance
