// What each layer answered to a write.
#include "commands/write_report.hpp"

#include "output/terminal.hpp"

namespace aurelis::cli {
namespace {

// The last error of each layer, by its name: only this process knows it, so it is shown here.
Json last_errors(const Cache& cache) {
    Json errors = Json::object();
    const auto stats = cache.stats_json();
    const Json told = stats.has_value() ? parse_json(stats.value()) : Json();
    if (!told.is_object() || !told.contains("layers") || !told["layers"].is_array()) return errors;
    for (const Json& layer : told["layers"])
        if (const std::string error = text_cell(layer, "last_error"); error != "-")
            errors[text_cell(layer, "name")] = error;
    return errors;
}

}  // namespace

Json layers_json(const Cache& cache, const WriteReport& report) {
    Json layers = Json::array();
    for (uint32_t i = 0; i < report.layers.size(); ++i)
        layers.push_back({{"name", std::string(cache.layer_name(i + 1))},
                          {"status", std::string(status_name(report.layers[i]))},
                          {"outdated", report.is_outdated(i)}});
    return layers;
}

bool complain_of_failures(const Cache& cache, const WriteReport& report, const std::string& what) {
    bool failed = false;
    Json errors;
    for (uint32_t i = 0; i < report.layers.size(); ++i) {
        if (report.layers[i] >= 0) continue;
        if (!failed) errors = last_errors(cache);
        failed = true;
        const std::string name(cache.layer_name(i + 1));
        complain("layer " + name + ": " + what + " failed there (" + std::string(status_name(report.layers[i])) + ")" +
                 (errors.contains(name) ? ": " + text_cell(errors, name.c_str()) : std::string()) +
                 (report.is_outdated(i) ? "; it may hold an older value, which can be read again until it takes a "
                                           "write or removal of the key"
                                         : ""));
    }
    return failed;
}

}  // namespace aurelis::cli
