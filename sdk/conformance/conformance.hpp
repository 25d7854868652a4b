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
    // Each failure is told at once as well, the first time it happens.
    explicit Judge(std::function<void(const std::string&)> on_failure) : on_failure_(std::move(on_failure)) {}
    void check(bool holds, const char* what, const char* file, int line);
    size_t checked() const;
    std::vector<std::string> failures() const;

private:
    std::function<void(const std::string&)> on_failure_;
    mutable std::mutex mutex_;
    size_t checked_ = 0;
    std::vector<std::string> failures_;
    std::map<std::string, size_t> times_;  // How often each of them happened.
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

struct Outcome {
    size_t sections = 0, not_applicable = 0, checks = 0;
    std::vector<std::string> failures;
};
// Process: each section in a process of its own, so that a plugin that dies costs that section and is named with the
// signal. None: in this one, for a debugger.
enum class Isolation { None, Process };
// Each runs every section that applies and tells of it on `out`.
Result<Outcome> run_backend_conformance(const PluginUnderTest& backend, std::ostream& out, Isolation isolation);
Result<Outcome> run_serializer_conformance(const PluginUnderTest& serializer, std::ostream& out, Isolation isolation);
// The one of them that fits what the plugin file says of the type.
Result<Outcome> run_conformance(const PluginUnderTest& plugin, std::ostream& out, Isolation isolation);

}  // namespace aurelis::conformance

// For sections, which all have a `Bench& bench`.
#define AURELIS_EXPECT(...) \
    bench.judge.check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
