// Work in a child process of its own, so that a plugin that crashes, aborts, exits or hangs costs one section and not
// the report. Leaves to others: what the work is and what its records mean (conformance.cpp).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace aurelis::conformance {

// How the child reports: each record has been sent to the parent before tell() returns. [any]
class Teller {
public:
    explicit Teller(int descriptor) : descriptor_(descriptor) {}
    void tell(char kind, std::string_view text) const;

private:
    int descriptor_;
};

// Runs `work` in a child and passes its records to `take` in order. Empty: the child did all of it and ended normally.
// Else how it ended instead, as in "the plugin <this>"; what it had reported by then has been taken.
std::string run_isolated(const std::function<void(const Teller&)>& work,
                         const std::function<void(char kind, std::string text)>& take, int limit_seconds);

}  // namespace aurelis::conformance
