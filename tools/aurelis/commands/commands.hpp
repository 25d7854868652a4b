// One maker per command; commands.cpp puts them in the order of the help.
#pragma once

#include "command.hpp"

namespace aurelis::cli {

std::unique_ptr<Command> make_run();
std::unique_ptr<Command> make_run_one_pass();
std::unique_ptr<Command> make_get();
std::unique_ptr<Command> make_set();
std::unique_ptr<Command> make_remove();
std::unique_ptr<Command> make_invalidate();
std::unique_ptr<Command> make_clear();
std::unique_ptr<Command> make_scan();
std::unique_ptr<Command> make_explain();
std::unique_ptr<Command> make_stats();
std::unique_ptr<Command> make_replay();
std::unique_ptr<Command> make_dictionary_train();
std::unique_ptr<Command> make_config_check();
std::unique_ptr<Command> make_config_show();
std::unique_ptr<Command> make_plugin_list();
std::unique_ptr<Command> make_plugin_inspect();
std::unique_ptr<Command> make_inspect_here();

}  // namespace aurelis::cli
