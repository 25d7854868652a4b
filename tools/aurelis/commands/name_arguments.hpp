// The arguments with which a command names an entry: CATEGORY ID [--params JSON], or one full key alone.
// Leaves to others: what is done with the name.
#pragma once

#include <CLI/CLI.hpp>
#include <aurelis/cache.hpp>

#include <string>

namespace aurelis::cli {

// What they name: an identifier in a category, or a full key.
struct NamedEntry {
    Category category;
    Id id;

    Result<std::string> key() const { return category.key_of(id); }
};

class NameArguments {
public:
    // Adds CATEGORY, ID and --params.
    void describe(CLI::App& app, bool full_key_allowed = true);
    Result<NamedEntry> resolve(const Cache& cache, const std::string& command) const;

private:
    std::string category_;
    std::string identifier_;
    std::string params_;
    CLI::Option* category_option_ = nullptr;
    CLI::Option* identifier_option_ = nullptr;
    bool full_key_allowed_ = true;
};

}  // namespace aurelis::cli
