// Sets of counters: each is one list of rows X(enumerator, name, sentence), from which its enumeration, its names in
// reports and its documentation (tools/aurelis/README.md, which a test compares) are made. Snapshot: such a set, read
// at one moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aurelis::core {

struct CounterRow {
    const char* name;      // "hits"
    const char* sentence;  // What it counts.
};

#define AURELIS_COUNTER_ENUMERATOR_(enumerator, name, sentence) enumerator,
#define AURELIS_COUNTER_ROW_(enumerator, name, sentence) {name, sentence},
// Defines the enumeration `Type`, its size `count`, and `rows`.
#define AURELIS_DEFINE_COUNTERS(Type, count, rows, LIST)             \
    enum Type : size_t { LIST(AURELIS_COUNTER_ENUMERATOR_) count }; \
    inline constexpr CounterRow rows[count] = {LIST(AURELIS_COUNTER_ROW_)}

struct Counted {
    const CounterRow* row;
    uint64_t value;
};
using Snapshot = std::vector<Counted>;

// read(i) gives the value of counter i.
template <size_t N, typename Read>
Snapshot snapshot_of(const CounterRow (&rows)[N], Read&& read) {
    Snapshot snapshot;
    snapshot.reserve(N);
    for (size_t i = 0; i < N; ++i) snapshot.push_back({&rows[i], read(i)});
    return snapshot;
}

}  // namespace aurelis::core
