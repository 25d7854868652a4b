// The order of the commands: the main job, one entry, all entries, observing, measuring, plugins and configuration.
#include "commands/commands.hpp"

namespace aurelis::cli {

Commands all_commands() {
    Commands commands;
    for (const auto make : {make_run, make_get, make_set, make_remove, make_invalidate, make_scan, make_clear,
                            make_explain, make_stats, make_replay, make_dictionary_train, make_config_check,
                            make_config_show, make_plugin_list, make_plugin_inspect, make_run_one_pass,
                            make_inspect_here})
        commands.push_back(make());
    return commands;
}

}  // namespace aurelis::cli
