// The arguments with which a command names an entry.
#include "commands/name_arguments.hpp"

#include "command.hpp"

namespace aurelis::host {

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

Result<aurelis_name> NameArguments::resolve(const Session& session, const std::string& command) {
    aurelis_name name{};
    if (category_option_->count() == 0)
        return usage_error(command + ": CATEGORY and ID are missing; such as: aurelis " + command +
                           " user_data user123");
    if (identifier_option_->count() == 0) {
        if (!full_key_allowed_ || !params_.empty())
            return usage_error(command + ": ID is missing; such as: aurelis " + command +
                               " user_data user123");
        if (category_.empty())
            return usage_error(command + ": the key is empty; give one of 1 byte to 64 KiB");
        name.key = bytes_of(category_);
        return name;
    }
    if (identifier_.empty()) return usage_error(command + ": ID is empty; give at least one byte");
    AURELIS_TRY(category, session.category(category_));
    part_ = bytes_of(identifier_);
    name = aurelis_name_of(category, &part_);
    name.params = bytes_of(params_);
    return name;
}

Result<std::string> NameArguments::key_of(const Session& session, const aurelis_name& name) {
    aurelis_buf key{};
    aurelis_error* error = nullptr;
    const aurelis_status status = aurelis_key_of(session.cache(), &name, &key, &error);
    if (status < 0) return error_of(status, error, "the key cannot be built");
    return take_text(key);
}

}  // namespace aurelis::host
