// The runner: a fresh folder, host and instance for each section.
#include "conformance.hpp"

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

BackendUnderTest in_folder(BackendUnderTest backend, const std::string& folder) {
    constexpr std::string_view kPlace = "{dir}";
    for (auto& [name, value] : backend.options) {
        for (size_t at = value.find(kPlace); at != std::string::npos;
             at = value.find(kPlace, at + folder.size()))
            value.replace(at, kPlace.size(), folder);
    }
    return backend;
}

const char* file_name(const char* path) noexcept {
    const std::string_view whole = path;
    const size_t slash = whole.rfind('/');
    return slash == std::string_view::npos ? path : path + slash + 1;
}

}  // namespace

void Judge::check(bool holds, const char* what, const char* file, int line) {
    std::scoped_lock lock(mutex_);
    ++checked_;
    if (!holds) failures_.push_back(std::string(file_name(file)) + ":" + std::to_string(line) + ": " + what);
}

size_t Judge::checked() const {
    std::scoped_lock lock(mutex_);
    return checked_;
}

std::vector<std::string> Judge::failures() const {
    std::scoped_lock lock(mutex_);
    return failures_;
}

Bench::Bench(const PluginFile& file, BackendUnderTest backend, Judge& judge_)
    : judge(judge_), file_(file), backend_(std::move(backend)), store_(open()) {}

std::unique_ptr<Instance> Bench::open() {
    auto opened = Instance::open(file_, backend_.type_name, backend_.options, host);
    if (opened) return std::move(opened).value();
    judge.check(false, ("create and start: " + opened.error().message).c_str(), __FILE__, __LINE__);
    return nullptr;
}

Result<Outcome> run_backend_conformance(const BackendUnderTest& backend, std::ostream& out) {
    AURELIS_TRY(file, PluginFile::load(backend.file));
    Outcome outcome;
    const int64_t buffers_before = PluginHost::live_buffers();
    for (const Section& section : all_sections()) {
        Judge judge;
        const Folder folder;
        if (folder.path().empty())
            return fail(AURELIS_E_FAILED, "no temporary folder can be made; set TMPDIR");
        bool applies = false;
        {
            Bench bench(file, in_folder(backend, folder.path()), judge);
            applies = !bench.ready() || bench.store().has(section.caps);
            if (bench.ready() && applies) section.run(bench);
        }
        judge.check(PluginHost::live_buffers() == buffers_before, "every buffer of the host was released",
                    __FILE__, __LINE__);
        out << (!applies ? "n/a   " : judge.failures().empty() ? "ok    " : "FAILS ") << section.name << '\n';
        for (const std::string& failure : judge.failures()) {
            out << "      " << failure << '\n';
            outcome.failures.push_back(std::string(section.name) + ": " + failure);
        }
        ++(applies ? outcome.sections : outcome.not_applicable);
        outcome.checks += judge.checked();
    }
    return outcome;
}

}  // namespace aurelis::conformance
