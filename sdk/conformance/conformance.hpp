// The conformance suite: what abi.h asks of every backend and of every serializer, checked on a plugin file. What a
// component does not claim by its capabilities is not asked of it. Needs no test framework, so that a plugin's author
// needs none either. Leaves to others: what only one plugin promises (its own tests), speed.
#pragma once

#include "plugin_host.hpp"

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aurelis::conformance {

// Which component, with which options. "{dir}" in a value becomes an empty folder of the section's own.
struct PluginUnderTest {
    std::string file;
    std::string type_name;
    OptionValues options;
};

// Counts what holds and keeps what does not, each once with how often it happened. [any]
class Judge {
public:
    Judge() = default;
    // What holds is counted. What does not is kept with what the plugin said last by set_error on this thread. Each
    // failure is told at once as well, the first time it happens.
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
    std::map<std::string, size_t> places_;  // Which of them a check at a place is.
};

// What a section works with: a host and an instance of its own.
class Bench {
public:
    Bench(const PluginFile& file, PluginUnderTest backend, Judge& judge);

    Judge& judge;
    PluginHost host;
    // A further instance over the same options; nullptr, and a failure noted, if it cannot be opened.
    std::unique_ptr<Instance> open();
    Instance& store() { return *store_; }
    const aurelis_component& component() const noexcept {
        return *file_.component(AURELIS_KIND_BACKEND, backend_.type_name);
    }
    bool ready() const noexcept { return store_ != nullptr; }
    bool has(uint64_t caps) const noexcept { return store_->has(caps); }
    void close() { store_.reset(); }
    void reopen() { store_ = open(); }
    // The instance in hand, for sections that end it themselves.
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

// What a section came to, whatever became of its process.
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

// Process: each section in a process of its own, so that a plugin that dies costs that section and is named with the
// signal. None: in this one, for a debugger; then nothing ends a section that hangs.
enum class Isolation { None, Process };

struct RunOptions {
    Isolation isolation = Isolation::Process;
    int timeout_seconds = 600;       // Of each section. None takes a minute, sanitizers and a slow machine included.
    std::vector<std::string> only;   // A section runs if its name holds one of them; none: all run.
};

// Runs every chosen section that applies to what the plugin file says of the type. Each name is on `progress` before
// any of the section runs: whoever watches, or finds a log that ends there, knows whose it is.
Result<Outcome> run_conformance(const PluginUnderTest& plugin, std::ostream& progress, const RunOptions& options);

struct SectionName {
    const char* kind;  // "backend" or "serializer".
    std::string name;
    std::string needs;  // Capabilities, as abi.h calls them; empty: it always applies.
};
std::vector<SectionName> section_names();

}  // namespace aurelis::conformance

// For sections, which all have a `Bench& bench`.
#define AURELIS_EXPECT(...) \
    bench.judge.check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
