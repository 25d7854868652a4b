// The conformance suite: what abi.h asks of every backend, checked on a plugin file. What a backend does not
// claim by its capabilities is not asked of it. Needs no test framework, so that a plugin's author needs none
// either. Leaves to others: what only one backend promises (its own tests), speed.
#pragma once

#include "plugin_host.hpp"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace aurelis::conformance {

// Which backend, with which options. "{dir}" in a value becomes an empty folder of the section's own.
struct BackendUnderTest {
    std::string file;
    std::string type_name;
    OptionValues options;
};

// Counts what holds and keeps what does not. [any]
class Judge {
public:
    void check(bool holds, const char* what, const char* file, int line);
    size_t checked() const;
    std::vector<std::string> failures() const;

private:
    mutable std::mutex mutex_;
    size_t checked_ = 0;
    std::vector<std::string> failures_;
};

// What a section works with: a host and an instance of its own.
class Bench {
public:
    Bench(const PluginFile& file, BackendUnderTest backend, Judge& judge);

    Judge& judge;
    PluginHost host;
    // A further instance over the same options; nullptr, and a failure noted, if it cannot be opened.
    std::unique_ptr<Instance> open();
    Instance& store() { return *store_; }
    bool ready() const noexcept { return store_ != nullptr; }
    void close() { store_.reset(); }
    void reopen() { store_ = open(); }
    // The instance in hand, for sections that end it themselves.
    std::unique_ptr<Instance> take() { return std::move(store_); }

private:
    const PluginFile& file_;
    BackendUnderTest backend_;
    std::unique_ptr<Instance> store_;
};

struct Section {
    const char* name;
    uint64_t caps;  // All of them are needed, or the section does not apply.
    void (*run)(Bench&);
};
std::vector<Section> all_sections();

struct Outcome {
    size_t sections = 0, not_applicable = 0, checks = 0;
    std::vector<std::string> failures;
};
// Runs every section that applies; tells of each on `out`.
Result<Outcome> run_backend_conformance(const BackendUnderTest& backend, std::ostream& out);

}  // namespace aurelis::conformance

// For sections, which all have a `Bench& bench`.
#define AURELIS_EXPECT(...) \
    bench.judge.check(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)
