// What each layer said to a write: for people on standard error where one failed, and as JSON.
#pragma once

#include "command.hpp"
#include "people/table.hpp"

namespace aurelis::host {

inline aurelis_write_report new_write_report() noexcept {
    aurelis_write_report report{};
    report.struct_size = sizeof report;
    return report;
}

// [{"name", "status", "outdated"}], highest layer first; a status in the words of the C door.
Json layers_json(const Session& session, const aurelis_write_report& report);
// Names each layer that failed. True if there was one.
bool complain_of_failures(const Session& session, const aurelis_write_report& report,
                          const std::string& what);

}  // namespace aurelis::host
