// PluginModule: one plugin file, checked and loaded. The only file that sees Boost.DLL. Libraries are never unloaded:
// buffers, thread-local destructors and symbols unified by the linker may outlive every instance.
//
// Rules of loading: a regular file and the folders above it, owned by root or the user, none of them writable by others
// (else anybody could run code in the host), an optional SHA-256, RTLD_NOW and RTLD_LOCAL, one symbol, with the major
// version in its name. What is checked, hashed and loaded is the same open file.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <string>

namespace aurelis::core {

struct PluginModule {
    std::string file;    // Absolute, links resolved.
    std::string sha256;  // 64 hex digits.
    const aurelis_plugin* plugin = nullptr;
};

// Loads a file, or returns its module if it is loaded already. Errors name the file, the reason and the way out. [any]
Result<const PluginModule*> load_plugin(const std::string& file, const std::string& sha256_pin);

}  // namespace aurelis::core
