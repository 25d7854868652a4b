// StackStore: the stack as strategies see it, the store at the bottom of every chain. Passes their calls to the stack:
// in the lane that their operation already holds, or in one that it takes itself; a publication with the lease of its
// load.
// Leaves to others: the walk over the layers (stack), what is above (chain).
// Threads: any. It lives as long as the stack.
#pragma once

#include "chain/walk.hpp"

#include <aurelis/abi.h>

#include <vector>

namespace aurelis::core {

class StackStore {
public:
    explicit StackStore(Stack& stack);
    StackStore(const StackStore&) = delete;
    StackStore& operator=(const StackStore&) = delete;

    aurelis_store* store() noexcept { return &store_; }
    // The capabilities of a stack over layers with these capabilities.
    static uint64_t caps_of(const std::vector<uint64_t>& layers) noexcept;

private:
    struct Table;
    static const aurelis_store_ops& table() noexcept;
    aurelis_status scan(CallScope& scope, aurelis_scan& page, aurelis_visit_fn visit, void* user);

    Stack& stack_;
    aurelis_store store_{};
};

}  // namespace aurelis::core
