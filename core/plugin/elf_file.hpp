// Is a file a whole ELF library? The dynamic linker maps what the headers say and does not ask whether the file goes so
// far: a library that was cut short ends the process by SIGBUS. Leaves to others: everything about its contents.
#pragma once

#include <string>
#include <string_view>

namespace aurelis::core {

// Empty: as far as the headers tell, all of it is there. Else what is wrong, as in "plugin x.so: <this>; <way out>".
std::string elf_fault(std::string_view file);

}  // namespace aurelis::core
