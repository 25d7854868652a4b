// The arguments with which a command names an entry: CATEGORY ID [--params JSON], or one full key alone.
// Leaves to others: what is done with the name.
#pragma once

#include "process/session.hpp"

#include <CLI/CLI.hpp>
#include <aurelis/base/result.hpp>

#include <string>

namespace aurelis::host {

class NameArguments {
public:
    // Adds CATEGORY, ID and --params.
    void describe(CLI::App& app, bool full_key_allowed = true);
    // The name in the words of the C door. It points into this object.
    Result<aurelis_name> resolve(const Session& session, const std::string& command);
    // The full key of a name.
    static Result<std::string> key_of(const Session& session, const aurelis_name& name);

private:
    std::string category_;
    std::string identifier_;
    std::string params_;
    CLI::Option* category_option_ = nullptr;
    CLI::Option* identifier_option_ = nullptr;
    aurelis_bytes part_{};
    bool full_key_allowed_ = true;
};

}  // namespace aurelis::host
