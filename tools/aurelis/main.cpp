// The aurelis command line: a host like any other, on the C++ host API.
#include "command_line.hpp"
#include "process/interrupt.hpp"

#include <aurelis/base/standard_descriptors.hpp>

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    aurelis::cli::ignore_write_signals();
    std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(aurelis::cli::run_command_line(std::move(arguments)));
}
