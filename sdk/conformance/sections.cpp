// The list of sections.
#include "sections.hpp"

namespace aurelis::conformance {

std::string pattern_of(size_t size, uint64_t seed) {
    std::string made(size, '\0');
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (char& byte : made) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        byte = static_cast<char>(state >> 56);
    }
    return made;
}

std::vector<Section> all_sections() {
    return {{"what is claimed can be called", 0, &claims_are_kept},
            {"options are declared soundly, others refused", 0, &options_are_declared},
            {"round trips of keys and values of all sizes", 0, &round_trips},
            {"overwrites and removals", 0, &overwrites_and_removals},
            {"a miss leaves the answer alone", 0, &misses_leave_out_alone},
            {"unknown flags are ignored below bit 24 and refused from there on", 0, &unknown_flags},
            {"conditions of a later version are refused", 0, &unknown_conditions},
            {"pinned values outlive overwriting, removal and the store", 0, &pinned_values_outlive},
            {"sizes and statistics are sane", 0, &sizes_are_sane},
            {"flush, stop and a new instance", 0, &reopens_and_flushes},
            {"conditional writes", AURELIS_CAP_CAS, &conditions},
            {"versions of absent keys", AURELIS_CAP_LEASE, &leases},
            {"expiry and touch", AURELIS_CAP_EXPIRY, &expiry},
            {"times, flags and attributes come back", AURELIS_CAP_META, &meta_and_attrs},
            {"a persistent store keeps its entries", AURELIS_CAP_PERSISTENT, &persistence},
            {"a shared store shows them to others", AURELIS_CAP_SHARED, &sharing},
            {"errors are told once, answers without a text", 0, &errors_are_told_once},
            {"calls that must not block answer at once or are refused", 0, &calls_that_must_not_block},
            {"deadlines that have passed", 0, &deadlines_that_have_passed},
            {"no data call blocks", AURELIS_CAP_NO_BLOCK, &never_blocks},
            {"a get neither copies nor allocates", AURELIS_CAP_ZERO_COPY, &copies_nothing},
            {"a set retains buffers instead of copying", AURELIS_CAP_ADOPT, &adopts_buffers},
            {"a batch fails as a whole", AURELIS_CAP_ATOMIC, &batches_are_atomic},
            {"a batch survives a crash as a whole or not at all", AURELIS_CAP_ATOMIC | AURELIS_CAP_PERSISTENT,
             &batches_survive_whole},
            {"batches equal loops", 0, &batches_equal_loops},
            {"scans show all keys and resume", AURELIS_CAP_SCAN, &scans_resume},
            {"scans miss no key while others write", AURELIS_CAP_SCAN, &scans_under_writes},
            {"scans by condition", AURELIS_CAP_SCAN, &scans_by_condition},
            {"removals by condition", 0, &removes_by_condition},
            {"threads see one register per key", 0, &threads_see_registers}};
}

}  // namespace aurelis::conformance
