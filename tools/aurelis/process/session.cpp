// An open cache.
#include "process/session.hpp"

#include "people/text.hpp"

namespace aurelis::host {

Error error_of(aurelis_status status, aurelis_error* error, std::string_view what) {
    std::string message = error != nullptr ? aurelis_error_message(error) : "";
    aurelis_error_free(error);
    if (message.empty()) message = std::string(what) + ": " + aurelis_status_name(status);
    return fail(status, std::move(message));
}

std::string take_text(aurelis_buf& buf) {
    std::string text(view_of(buf));
    aurelis_buf_release(&buf);
    return text;
}

aurelis_open_options ConfigSource::options() const noexcept {
    const auto or_null = [](const std::string& word) { return word.empty() ? nullptr : word.c_str(); };
    aurelis_open_options options{};
    options.struct_size = sizeof options;
    options.file = or_null(file);
    options.text = bytes_of(text);
    options.name_space = or_null(name_space);
    options.data_folder = or_null(data_folder);
    return options;
}

Result<Session> Session::open(const ConfigSource& source) {
    const aurelis_open_options options = source.options();
    aurelis_cache* cache = nullptr;
    aurelis_error* error = nullptr;
    const aurelis_status status = aurelis_open(&options, &cache, &error);
    if (status < 0) return error_of(status, error, "the cache cannot be opened");
    return Session(cache);
}

Result<void> Session::close() {
    aurelis_error* error = nullptr;
    const aurelis_status status = aurelis_close(cache_.release(), 0, &error);
    if (status < 0) return error_of(status, error, "the cache could not write everything before its end");
    return {};
}

Result<const aurelis_category*> Session::category(std::string_view name) const {
    const aurelis_category* category = nullptr;
    aurelis_error* error = nullptr;
    const aurelis_status status = aurelis_category_open(cache_.get(), bytes_of(name), &category, &error);
    if (status < 0) return error_of(status, error, "category '" + printable(name) + "'");
    return category;
}

std::vector<std::string> Session::layer_names() const {
    std::vector<std::string> names;
    for (uint32_t layer = 1; const char* name = aurelis_layer_name(cache_.get(), layer); ++layer)
        names.emplace_back(name);
    return names;
}

std::string Session::layer_name(uint32_t layer) const {
    const char* name = layer == 0 ? nullptr : aurelis_layer_name(cache_.get(), layer);
    return name != nullptr ? name : "";
}

Result<uint64_t> Session::all_layers_but(const std::string& name) const {
    if (name.empty()) return uint64_t{0};
    const std::vector<std::string> names = layer_names();
    for (size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return ~(uint64_t{1} << i);
    return fail(AURELIS_E_INVALID, "--only-layer: there is no layer '" + printable(name) +
                                       "'; the layers are " + listed(names) + did_you_mean(name, names));
}

Result<std::string> Session::stats() const {
    aurelis_buf json{};
    aurelis_error* error = nullptr;
    const aurelis_status status = aurelis_stats(cache_.get(), &json, &error);
    if (status < 0) return error_of(status, error, "the statistics cannot be read");
    return take_text(json);
}

}  // namespace aurelis::host
