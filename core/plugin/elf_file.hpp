// Is a file a whole ELF library? The dynamic linker maps what the headers say and does not check whether the file is
// that long: a truncated library ends the process by SIGBUS. Leaves to others: everything about its contents.
#pragma once

#include <string>
#include <string_view>

namespace aurelis::core {

// Empty: according to the headers the file is complete. Else what is wrong, as in "plugin x.so: <this>; <way out>".
std::string elf_fault(std::string_view file);

}  // namespace aurelis::core
