// The command line: finds the command, parses its options, runs it, and turns what comes back into messages
// and an exit status. The only file that catches exceptions, which are CLI11's way to speak.
#pragma once

#include "command.hpp"

#include <string>
#include <vector>

namespace aurelis::cli {

// The arguments without the program's name.
Exit run_command_line(std::vector<std::string> arguments);

}  // namespace aurelis::cli
