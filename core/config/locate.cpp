// A list of candidates, then the first that is a file.
#include "config/locate.hpp"

#include <filesystem>
#include <system_error>

namespace aurelis::core {
namespace {

namespace fs = std::filesystem;

std::string variable(const Environment& environment, const std::string& name) {
    return environment(name).value_or("");
}

// A folder or a broken link is not a file; but a folder that cannot be entered may contain it: reading will say why it
// fails.
bool is_there(const std::string& path) {
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    return status.type() != fs::file_type::directory && fs::exists(status);
}

std::string users_folder(const Environment& environment) {
    const std::string given = variable(environment, "XDG_CONFIG_HOME");
    if (fs::path(given).is_absolute()) return given;  // The standard says to ignore others.
    const std::string home = variable(environment, "HOME");
    return home.empty() ? std::string() : (fs::path(home) / ".config").string();
}

std::vector<std::string> candidates(const ConfigPlaces& places, const Environment& environment) {
    std::vector<std::string> paths{(fs::path(places.working_folder) / "aurelis.yaml").string()};
    const std::string user = users_folder(environment);
    if (!user.empty()) paths.push_back((fs::path(user) / "aurelis" / "aurelis.yaml").string());
    paths.push_back((fs::path(places.system_folder) / "aurelis" / "aurelis.yaml").string());
    if (!places.library_folder.empty()) {
        const fs::path shared =
            fs::path(places.library_folder) / ".." / "share" / "aurelis" / "config" / "default.yaml";
        paths.push_back(shared.lexically_normal().string());
    }
    paths.insert(paths.end(), places.fallbacks.begin(), places.fallbacks.end());
    return paths;
}

Result<std::string> named(const std::string& path, const std::string& by) {
    if (is_there(path)) return path;
    return fail(AURELIS_E_CONFIG, "the configuration file '" + path + "' that " + by +
                                      " names does not exist; create it or name another");
}

}  // namespace

Result<std::string> locate_config(const ConfigPlaces& places, const Environment& environment) {
    if (!places.explicit_path.empty()) return named(places.explicit_path, "the caller (--config)");
    const std::string from_environment = variable(environment, "AURELIS_CONFIG");
    if (!from_environment.empty()) return named(from_environment, "the variable AURELIS_CONFIG");
    std::string looked_at;
    for (const std::string& path : candidates(places, environment)) {
        if (is_there(path)) return path;
        looked_at += (looked_at.empty() ? "" : ", ") + path;
    }
    return fail(AURELIS_E_CONFIG, "no configuration file; looked at " + looked_at +
                                      "; create one of them, or name one with --config or AURELIS_CONFIG");
}

}  // namespace aurelis::core
