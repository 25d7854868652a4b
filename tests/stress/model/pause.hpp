// Pause: between two rounds neither process calls the cache for itself. Each waits until it has been told of all that
// the other did, then finds nothing any more that either has superseded. README.md says why that is what is promised.
// Leaves to others: the rounds (main).
#pragma once

#include "stress/model/shared.hpp"
#include "stress/model/worker.hpp"

#include <chrono>
#include <string>

namespace aurelis::stress {

class Pause {
public:
    Pause(Field& field, Meeting& meeting, size_t process)
        : field_(field), meeting_(meeting), process_(process), markers_(field.cache.category("pause").value()) {}

    // Returns when changes made by the other process are reported to this one.
    void await_live() const;
    void hold(uint64_t round, Tally& tally);

private:
    static constexpr uint64_t kMemoryOnly = 2, kRedisOnly = 1;  // skip_layers.

    std::string marker(size_t process) const { return "of process " + std::to_string(process); }
    void mark(const std::string& value) const;
    void await_messages(uint64_t round);
    void await_agreement(Tally& tally);
    // Whether the key's value, as far as it has one, is the newest that there may be. report_as: NULL: do not report.
    bool agrees(size_t key, const ReadOptions& reading, bool only_written, const char* report_as) const;

    Field& field_;
    Meeting& meeting_;
    const size_t process_;
    const Category markers_;
};

}  // namespace aurelis::stress
