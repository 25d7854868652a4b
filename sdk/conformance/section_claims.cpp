// Sections about what a backend declares: its capabilities and its options.
#include "declarations.hpp"
#include "sections.hpp"

namespace aurelis::conformance {

void claims_are_kept(Bench& bench) {
    bench.judge.check(true, "the functions that every backend must have", __FILE__, __LINE__);
    for (const std::string& broken : bench.store().broken_claims())
        bench.judge.check(false, ("the instance " + broken).c_str(), __FILE__, __LINE__);
    // An instance must not have more capabilities than the component declares; bits newer than this suite are ignored.
    AURELIS_EXPECT((bench.store().claimed_caps() & ~bench.component().caps) == 0);
}

void options_are_declared(Bench& bench) {
    for (const std::string& fault : declaration_faults(bench.component(), {}))
        bench.judge.check(false, fault.c_str(), __FILE__, __LINE__);
    bench.judge.check(true, "the declarations of the options", __FILE__, __LINE__);
}

}  // namespace aurelis::conformance
