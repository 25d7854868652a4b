// Each option by itself, then their names together.
#include "declarations.hpp"

#include "config_tree.hpp"

namespace aurelis::conformance {

std::vector<std::string> declaration_faults(const aurelis_component& component, std::set<std::string> taken) {
    std::vector<std::string> faults;
    for (size_t i = 0; i < component.option_count; ++i) {
        const aurelis_option& option = *component.options[i];  // load() has checked that it is there.
        const auto say = [&](const std::string& what) {
            faults.push_back(std::string("option '") + option.name + "': " + what);
        };
        if (option.struct_size < sizeof(aurelis_option)) {
            say("its declaration is cut short");
            continue;
        }
        if (option.type < AURELIS_OPT_STRING || option.type > AURELIS_OPT_ANY) say("its type does not exist");
        if (option.help == nullptr || option.help[0] == '\0') say("it has no help text");
        if (!taken.insert(option.name).second) say("its name is taken");
        for (const std::string& fault : limit_faults(option)) say(fault);
    }
    return faults;
}

}  // namespace aurelis::conformance
