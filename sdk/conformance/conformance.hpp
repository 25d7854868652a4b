// The conformance suite: what abi.h requires of every backend and every serializer, checked on a plugin file. What a
// component does not claim by its capabilities is not required of it. Uses no test framework, so that the author of a
// plugin needs none either. Leaves to others: what only one plugin promises (its own tests), speed.
#pragma once

#include "plugin_host.hpp"

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aurelis::conformance {

// Which component, with which options. "{dir}" in a value becomes an empty folder, a different one for each section.
struct PluginUnderTest {
    std::string file;
    std::string type_name;
    OptionValues options;
};

// Counts the checks that hold and records each failure once, with how often it happened. [any]
class Judge {
public:
    Judge() = default;
    // A check that holds is counted. A failure is recorded with the plugin's last set_error text on this thread, and is
    // reported at once the first time it happens.
    explicit Judge(std::function<void(const std::string&)> on_failure) : on_failure_(std::move(on_failure)) {}
    void check(bool holds, const char* what, const char* file, int line);
    size_t checked() const;
    std::vector<std::string> failures() const;

private:
    std::function<void(const std::string&)> on_failure_;
    mutable std::mutex mutex_;
    struct Failure {
        std::string text;
        size_t times;
    };
    size_t checked_ = 0;
    std::vector<Failure> failures_;
    std::map<std::string, size_t> places_;  // The index of the failure of each check.
};

// The environment of a section: a host and an instance of its own.
class Bench {
public:
    Bench(const PluginFile& file, PluginUnderTest backend, Judge& judge);

    Judge& judge;
    PluginHost host;
    // A further instance with the same options; nullptr, with a failure recorded, if it cannot be opened.
    std::unique_ptr<Instance> open();
    Instance& store() { return *store_; }
    const aurelis_component& component() const noexcept {
        return *file_.component(AURELIS_KIND_BACKEND, backend_.type_name);
    }
    bool ready() const noexcept { return store_ != nullptr; }
    bool has(uint64_t caps) const noexcept { return store_->has(caps); }
    void close() { store_.reset(); }
    void reopen() { store_ = open(); }
    // The instance itself, for sections that close it themselves.
    std::unique_ptr<Instance> take() { return std::move(store_); }

private:
    const PluginFile& file_;
    PluginUnderTest backend_;
    std::unique_ptr<Instance> store_;
};

template <typename OfKind>
struct SectionOf {
    const char* name;
    uint64_t caps;  // All of them are needed, or the section does not apply.
    void (*run)(OfKind&);
};
using Section = SectionOf<Bench>;
std::vector<Section> all_sections();

// The result of a section, whatever happened to its process.
struct SectionReport {
    std::string name;
    bool applies = true;
    size_t checks = 0;
    double seconds = 0;
    std::vector<std::string> failures;
    const char* verdict() const noexcept { return !failures.empty() ? "FAILS" : applies ? "ok" : "n/a"; }
};

struct Outcome {
    std::vector<SectionReport> reports;
    size_t sections = 0, not_applicable = 0, checks = 0, failures = 0;
};

// Process: each section in a process of its own, so that a plugin that dies costs only that section and is reported
// with the signal. None: in this process, for a debugger; then nothing ends a section that hangs.
enum class Isolation { None, Process };

struct RunOptions {
    Isolation isolation = Isolation::Process;
    int timeout_seconds = 600;       // For each section. None takes a minute, even with sanitizers on a slow machine.
    std::vector<std::string> only;   // A section runs if its name contains one of them; empty: all run.
};

// Runs every chosen section that applies to what the plugin file says of the type. The name of a section is written to
// `progress` before it runs, so that it is known which section hangs, or where a log ends.
Result<Outcome> run_conformance(const PluginUnderTest& plugin, std::ostream& progress, const RunOptions& options);

struct SectionName {
    const char* kind;  // "backend" or "serializer".
    std::string name;
    std::string needs;  // Capabilities, by their names in abi.h; empty: it always applies.
};
std::vector<SectionName> section_names();

}  // namespace aurelis::conformance

// For sections, which all have a `Bench& bench`.
#define AURELIS_EXPECT(...) \
    bench.judge.check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
