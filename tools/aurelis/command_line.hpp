// The command line: finds the command, parses its options, runs it, and turns the result into messages and an exit
// status. The only file that catches exceptions, which CLI11 uses.
#pragma once

#include "command.hpp"

#include <string>
#include <vector>

namespace aurelis::cli {

// The arguments without the program's name.
Exit run_command_line(std::vector<std::string> arguments);

}  // namespace aurelis::cli
