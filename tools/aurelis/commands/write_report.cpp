// What each layer said to a write.
#include "commands/write_report.hpp"

#include "people/terminal.hpp"

#include <algorithm>

namespace aurelis::host {
namespace {

uint32_t count_of(const aurelis_write_report& report) {
    return std::min<uint32_t>(report.layer_count, AURELIS_LAYERS_MAX);
}

// What each layer complained of last, by its name: only this process knows, so it is told here.
Json last_errors(const Session& session) {
    Json errors = Json::object();
    const auto stats = session.stats();
    const Json told = stats.has_value() ? parse_json(stats.value()) : Json();
    if (!told.is_object() || !told.contains("layers") || !told["layers"].is_array()) return errors;
    for (const Json& layer : told["layers"])
        if (const std::string error = text_cell(layer, "last_error"); error != "-")
            errors[text_cell(layer, "name")] = error;
    return errors;
}

bool is_outdated(const aurelis_write_report& report, uint32_t layer) {
    return (report.outdated >> layer & 1) != 0;
}

}  // namespace

Json layers_json(const Session& session, const aurelis_write_report& report) {
    Json layers = Json::array();
    for (uint32_t i = 0; i < count_of(report); ++i)
        layers.push_back({{"name", session.layer_name(i + 1)},
                          {"status", aurelis_status_name(report.layers[i])},
                          {"outdated", is_outdated(report, i)}});
    return layers;
}

bool complain_of_failures(const Session& session, const aurelis_write_report& report,
                          const std::string& what) {
    bool failed = false;
    Json errors;
    for (uint32_t i = 0; i < count_of(report); ++i) {
        if (report.layers[i] >= 0) continue;
        if (!failed) errors = last_errors(session);
        failed = true;
        const std::string name = session.layer_name(i + 1);
        complain("layer " + name + ": " + what + " failed there (" + aurelis_status_name(report.layers[i]) + ")" +
                 (errors.contains(name) ? ": " + text_cell(errors, name.c_str()) : std::string()) +
                 (is_outdated(report, i) ? "; it may hold an older value, which can be read again until it takes a "
                                           "write or removal of the key"
                                         : ""));
    }
    return failed;
}

}  // namespace aurelis::host
