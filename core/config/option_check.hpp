// The options of one component against its declaration (abi.h, section 5): names, types, ranges, words, lists, what
// is required. Makes the tree that create() reads: every declared option that has a value or a fallback is in it,
// dotted names as subtrees, paths absolute, secrets read and marked. Leaves to others: finding the component, and what
// only create() can check.
#pragma once

#include "config/node.hpp"
#include "config/problems.hpp"

#include <aurelis/abi.h>

#include <cstddef>
#include <string>

namespace aurelis::core {

// Where the options come from and what relative paths mean.
struct OptionContext {
    std::string owner;        // Begins each message: "layer L3_disk (sqlite-disk): ".
    std::string folder;       // Absolute: of the configuration's file.
    std::string data_folder;  // Absolute; if not empty, paths declared AURELIS_OPT_DATA move into it.
    int line = 0;             // Of the component; missing options are reported there.
};

// Always returns a Map; what could not be used is left out and reported.
Node check_options(const aurelis_option* const* declared, size_t count, const Node& given,
                   const OptionContext& context, Problems& problems);

// Marks the values of secret options in a tree as it was written, so that it can be shown. A reference "file:PATH" is
// not itself secret.
void mark_declared_secrets(const aurelis_option* const* declared, size_t count, Node& options);

}  // namespace aurelis::core
