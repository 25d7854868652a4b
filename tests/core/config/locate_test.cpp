#include "config/locate.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

// Has a file in every place; each test removes the first ones.
struct House {
    Folder folder;
    ConfigPlaces places;
    std::map<std::string, std::string> variables;

    House() {
        places.working_folder = folder / "work";
        places.system_folder = folder / "etc";
        places.library_folder = folder / "usr/lib";
        places.fallbacks = {folder / "first.yaml", folder / "last.yaml"};
        variables = {{"HOME", folder / "home"}, {"XDG_CONFIG_HOME", folder / "xdg"}};
        for (const char* name : {"work/aurelis.yaml", "xdg/aurelis/aurelis.yaml", "home/.config/aurelis/aurelis.yaml",
                                 "etc/aurelis/aurelis.yaml", "usr/share/aurelis/config/default.yaml", "last.yaml"})
            folder.write(name, "");
    }
    std::string found() const {
        const auto path = locate_config(places, environment_of(variables));
        return path ? path.value() : "error: " + path.error().message;
    }
    void remove(const std::string& name) const { std::filesystem::remove(folder / name); }
};

}  // namespace

TEST_CASE("locate: the first place that has a file is taken, in order") {
    House house;
    CHECK(house.found() == house.folder / "work/aurelis.yaml");
    house.remove("work/aurelis.yaml");
    std::filesystem::create_directory(house.folder / "work/aurelis.yaml");
    CHECK(house.found() == house.folder / "xdg/aurelis/aurelis.yaml");
    house.variables["XDG_CONFIG_HOME"] = "relative";
    CHECK(house.found() == house.folder / "home/.config/aurelis/aurelis.yaml");
    house.variables.erase("XDG_CONFIG_HOME");
    CHECK(house.found() == house.folder / "home/.config/aurelis/aurelis.yaml");
    house.variables.erase("HOME");
    CHECK(house.found() == house.folder / "etc/aurelis/aurelis.yaml");
    house.remove("etc/aurelis/aurelis.yaml");
    CHECK(house.found() == house.folder / "usr/share/aurelis/config/default.yaml");
    house.places.library_folder.clear();
    CHECK(house.found() == house.folder / "last.yaml");
}

TEST_CASE("locate: what is named must exist and nothing is taken in its stead") {
    House house;
    const std::string mine = house.folder.write("mine.yaml", "");
    const std::string other = house.folder.write("other.yaml", "");
    house.variables["AURELIS_CONFIG"] = other;
    CHECK(house.found() == other);
    house.places.explicit_path = mine;
    CHECK(house.found() == mine);
    house.remove("mine.yaml");
    CHECK(house.found() == "error: the configuration file '" + mine +
                               "' that the caller (--config) names does not exist; create it or name another");
    house.places.explicit_path.clear();
    house.remove("other.yaml");
    CHECK(house.found() == "error: the configuration file '" + other +
                               "' that the variable AURELIS_CONFIG names does not exist; create it or name another");
    house.variables["AURELIS_CONFIG"] = "";
    CHECK(house.found() == house.folder / "work/aurelis.yaml");
}

TEST_CASE("locate: the error lists every place") {
    const Folder empty;
    ConfigPlaces places;
    places.working_folder = empty.path();
    places.library_folder = empty / "lib";
    places.system_folder = empty / "etc";
    places.fallbacks = {empty / "f.yaml"};
    const auto result = locate_config(places, environment_of({{"HOME", empty / "home"}}));
    REQUIRE_FALSE(result);
    CHECK(result.error().status == aurelis::fail(AURELIS_E_CONFIG, "").status);
    CHECK(result.error().message ==
          "no configuration file; looked at " + empty / "aurelis.yaml" + ", " +
              empty / "home/.config/aurelis/aurelis.yaml" + ", " + empty / "etc/aurelis/aurelis.yaml" + ", " +
              empty / "share/aurelis/config/default.yaml" + ", " + empty / "f.yaml" +
              "; create one of them, or name one with --config or AURELIS_CONFIG");
}

TEST_CASE("locate: without a working folder the path is relative, and the system's folder is /etc") {
    const auto result = locate_config({}, environment_of({}));
    REQUIRE_FALSE(result);
    CHECK(contains(result.error().message, "looked at aurelis.yaml, /etc/aurelis/aurelis.yaml;"));
}
