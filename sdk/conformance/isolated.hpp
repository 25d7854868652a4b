// Work in a child process of its own, so that a plugin that crashes, aborts, exits or hangs costs one section and not
// the report. Leaves to others: what the work is and what its records mean (conformance.cpp).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace aurelis::conformance {

// The child's way to speak: each record is on its way to the parent before tell() returns. [any]
class Teller {
public:
    explicit Teller(int descriptor) : descriptor_(descriptor) {}
    void tell(char kind, std::string_view text) const;

private:
    int descriptor_;
};

// Runs `work` in a child and hands its records to `take` in their order. Empty: the child did all of it and ended well.
// Else how it ended instead, as in "the plugin <this>"; what it had told by then has been taken.
std::string run_isolated(const std::function<void(const Teller&)>& work,
                         const std::function<void(char kind, std::string text)>& take, int limit_seconds);

}  // namespace aurelis::conformance
