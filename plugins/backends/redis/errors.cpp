// The table of error codes.
#include "errors.hpp"

namespace aurelis::redis {

namespace {

struct Row {
    std::string_view code;
    Meaning meaning;
};

constexpr Row kRows[] = {
    {"OOM", {AURELIS_E_FULL, "raise its maxmemory or let it evict (maxmemory-policy allkeys-lfu)"}},
    {"LOADING", {AURELIS_E_UNAVAILABLE, "it serves once its data is loaded"}},
    {"READONLY", {AURELIS_E_UNAVAILABLE, "it is a replica; name the master, or its sentinels"}},
    {"MASTERDOWN", {AURELIS_E_UNAVAILABLE, "its master is unavailable"}},
    {"CLUSTERDOWN", {AURELIS_E_UNAVAILABLE, "the cluster lacks nodes; look at CLUSTER INFO"}},
    {"TRYAGAIN", {AURELIS_E_UNAVAILABLE, "a slot is being moved; try again"}},
    {"NOREPLICAS", {AURELIS_E_UNAVAILABLE, "it wants more replicas than it has (min-replicas-to-write)"}},
    {"MISCONF", {AURELIS_E_UNAVAILABLE, "it cannot save to its disk; look at its log"}},
    {"BUSY", {AURELIS_E_UNAVAILABLE, "a script has been running there for long; SCRIPT KILL ends it"}},
    {"NOAUTH", {AURELIS_E_UNAVAILABLE, "set 'password', and 'username' for an ACL user"}},
    {"WRONGPASS", {AURELIS_E_UNAVAILABLE, "check 'username' and 'password'"}},
    {"NOPERM", {AURELIS_E_UNSUPPORTED, "give the user the right by ACL SETUSER"}},
    {"WRONGTYPE", {AURELIS_E_CORRUPT, "another program keeps something else under the key"}},
    {"CROSSSLOT", {AURELIS_E_INTERNAL, ""}},
};

}  // namespace

std::string_view error_code(std::string_view line) noexcept { return line.substr(0, line.find_first_of(" \r\n")); }

Meaning meaning_of(std::string_view line) noexcept {
    const std::string_view code = error_code(line);
    for (const Row& row : kRows) {
        if (row.code == code) return row.meaning;
    }
    return {AURELIS_E_FAILED, ""};
}

bool is_no_master(std::string_view line) noexcept {
    const std::string_view code = error_code(line);
    return code == "READONLY" || code == "MASTERDOWN" || code == "LOADING";
}

}  // namespace aurelis::redis
