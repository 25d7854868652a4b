// The arguments with which a command names an entry.
#include "commands/name_arguments.hpp"

#include "command.hpp"

namespace aurelis::cli {

void NameArguments::describe(CLI::App& app, bool full_key_allowed) {
    full_key_allowed_ = full_key_allowed;
    category_option_ =
        app.add_option("CATEGORY", category_,
                       full_key_allowed ? "what kind of thing it is; alone: a full key as it is stored"
                                        : "what kind of thing it is")
            ->type_name("");
    identifier_option_ = app.add_option("ID", identifier_, "which one")->type_name("");
    app.add_option("--params", params_, "parameters that belong to the name, a JSON object")
        ->type_name("JSON");
}

Result<NamedEntry> NameArguments::resolve(const Cache& cache, const std::string& command) const {
    if (category_option_->count() == 0)
        return usage_error(command + ": CATEGORY and ID are missing; such as: aurelis " + command +
                           " user_data user123");
    if (identifier_option_->count() == 0) {
        if (!full_key_allowed_ || !params_.empty())
            return usage_error(command + ": ID is missing; such as: aurelis " + command +
                               " user_data user123");
        if (category_.empty())
            return usage_error(command + ": the key is empty; give one of 1 byte to 64 KiB");
        return NamedEntry{cache.full_keys(), category_};
    }
    if (identifier_.empty()) return usage_error(command + ": ID is empty; give at least one byte");
    AURELIS_TRY(category, cache.category(category_));
    return NamedEntry{category, Id(identifier_).with(params_)};
}

}  // namespace aurelis::cli
