// Configurations and plugins without a cache: checking, showing, listing, inspecting. Nothing is started.
#pragma once

#include <aurelis/host/errors.hpp>
#include <aurelis/host/options.hpp>

#include <string>
#include <utility>

namespace aurelis {

// What aurelis_config_check reports on a configuration.
struct ConfigReport {
    std::string json{};      // {"file", "problems", "warnings", "layers", "origins"}, see aurelis.h.
    std::string problems{};  // All of them as text, one per line; empty: there are none.

    bool ok() const noexcept { return problems.empty(); }
};

// An error only if it could not be checked at all; problems of the configuration are in the report.
inline Result<ConfigReport> check_config(const OpenOptions& options = {}) {
    const aurelis_open_options raw = detail::open_options(options, &options.log);
    detail::Failure failure;
    aurelis_buf buf{};
    const aurelis_status status = aurelis_config_check(&raw, &buf, failure.place());
    const Pinned json(buf);
    if (status < 0 && (status != AURELIS_E_CONFIG || json.size() == 0)) return failure.error(status);
    return ConfigReport{std::string(json.view()), status < 0 ? failure.error(status).message : std::string()};
}

enum class ConfigFormat : uint32_t { Json = 0, Yaml = 1 };

// The configuration as it is understood, secrets masked.
inline Result<std::string> show_config(const OpenOptions& options = {}, ConfigFormat format = ConfigFormat::Yaml) {
    const aurelis_open_options raw = detail::open_options(options, &options.log);
    return detail::text_from([&](aurelis_buf* out, aurelis_error** error) {
        return aurelis_config_show(&raw, static_cast<uint32_t>(format), out, error);
    });
}

// JSON: where plugins are looked for, which files the configuration names, and all files of both; loads none.
inline Result<std::string> list_plugins_json(const OpenOptions& options = {}) {
    const aurelis_open_options raw = detail::open_options(options, &options.log);
    return detail::text_from(
        [&](aurelis_buf* out, aurelis_error** error) { return aurelis_plugin_list(&raw, out, error); });
}

// JSON: what the plugin of this name or path offers. Loading runs its code, which may crash: call it in a process that
// you can afford to lose.
inline Result<std::string> inspect_plugin_json(const std::string& plugin, const OpenOptions& options = {}) {
    const aurelis_open_options raw = detail::open_options(options, &options.log);
    return detail::text_from([&](aurelis_buf* out, aurelis_error** error) {
        return aurelis_plugin_inspect(&raw, plugin.c_str(), out, error);
    });
}

}  // namespace aurelis
