// What each layer said to a write.
#include "commands/write_report.hpp"

#include "people/terminal.hpp"

#include <algorithm>

namespace aurelis::host {
namespace {

uint32_t count_of(const aurelis_write_report& report) {
    return std::min<uint32_t>(report.layer_count, AURELIS_LAYERS_MAX);
}

}  // namespace

Json layers_json(const Session& session, const aurelis_write_report& report) {
    Json layers = Json::array();
    for (uint32_t i = 0; i < count_of(report); ++i)
        layers.push_back(
            {{"name", session.layer_name(i + 1)}, {"status", aurelis_status_name(report.layers[i])}});
    return layers;
}

bool complain_of_failures(const Session& session, const aurelis_write_report& report,
                          const std::string& what) {
    bool failed = false;
    for (uint32_t i = 0; i < count_of(report); ++i) {
        if (report.layers[i] >= 0) continue;
        failed = true;
        complain("layer " + session.layer_name(i + 1) + ": " + what + " failed there (" +
                 aurelis_status_name(report.layers[i]) + "); 'aurelis stats' shows the state of the layers");
    }
    return failed;
}

}  // namespace aurelis::host
