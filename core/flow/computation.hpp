// Computation: one run of a host's function that makes a value or several, and the terms that it specified for them.
// Leaves to others: when it runs and who waits (loader), where its value goes (stack).
#pragma once

#include "flow/entry_terms.hpp"
#include "flow/loader.hpp"

#include <aurelis/aurelis.h>

#include <span>

namespace aurelis::core {

// Runs the function on this thread, in the trace of the call; stale: the copy whose time has passed, or NULL. What it
// specifies for its value replaces what `terms` had before, and is checked in the same way. Below 0: loaded.error says
// why.
aurelis_status run_computation(aurelis_compute_fn compute, void* user, const aurelis_name& name,
                               const aurelis_call& call, const aurelis_entry* stale, EntryTerms& terms,
                               Loaded& loaded);

// One name of several that are computed or loaded together.
struct NameToLoad {
    const aurelis_name& name;
    const aurelis_key& key;
    const aurelis_entry* stale;  // The copy whose time has passed; NULL: none.
    EntryTerms& terms;
    Loaded& loaded;
    aurelis_status status = AURELIS_NOT_FOUND;
};
// The same for at least one name, with one call of the function.
void run_computations(aurelis_compute_many_fn compute, void* user, const aurelis_call& call,
                      std::span<NameToLoad> names);

}  // namespace aurelis::core
