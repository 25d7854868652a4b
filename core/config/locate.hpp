// Which file is the configuration. Leaves to others: reading it.
#pragma once

#include <aurelis/base/result.hpp>

#include "config/environment.hpp"

#include <string>
#include <vector>

namespace aurelis::core {

struct ConfigPlaces {
    std::string explicit_path;             // --config; empty: not given.
    std::string library_folder;            // That of libaurelis; empty: not known.
    std::vector<std::string> fallbacks;    // The caller's, tried last.
    std::string working_folder;            // Empty: the process's.
    std::string system_folder = "/etc";
};

// The first of: explicit_path; AURELIS_CONFIG; aurelis.yaml in the working folder; $XDG_CONFIG_HOME/aurelis (else
// ~/.config/aurelis)/aurelis.yaml; <system_folder>/aurelis/aurelis.yaml;
// <library_folder>/../share/aurelis/config/default.yaml; the fallbacks. A named file (the first two) must exist:
// nothing else is taken instead. The error lists all the places that were looked at.
Result<std::string> locate_config(const ConfigPlaces& places, const Environment& environment);

}  // namespace aurelis::core
