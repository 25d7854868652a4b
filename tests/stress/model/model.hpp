// Model: decides whether what a cache answers could come from one register per key that may forget at any time. The
// rules are in README.md. One Model per process; its state may be shared by two. Any thread.
// Leaves to others: calling the cache (worker), when processes have heard of each other (process_pair).
#pragma once

#include "stress/model/register.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aurelis::stress {

inline constexpr size_t kProcessesMax = 2;

// Lies in memory that processes share, zeroed at first.
struct ModelState {
    std::atomic<Moment> clock{0};
    std::array<Floors, kProcessesMax> hard{}, soft{};
    std::array<Register, kKeysMax> registers{};
    std::atomic<uint64_t> violations{0};
};

class Model {
public:
    // in_order: what gets of a key return goes forward only, computed values included.
    Model(ModelState& state, size_t process, size_t processes, bool in_order) noexcept
        : state_(state), process_(process), processes_(processes), in_order_(in_order) {}

    // ---- one operation: begin, the call to the cache, end ----
    struct Get {
        size_t key = 0;
        size_t place = 0;
    };
    Get begin_get(size_t key, bool allows_stale);
    struct Found {
        std::string_view bytes;
        bool is_stale = false;
        bool is_from_layer = true;
    };
    // Nothing: a miss or an error.
    void end_get(const Get& get, const std::optional<Found>& found, const char* operation);

    Value begin_value(size_t key, uint32_t writer, bool has_other_tag, bool is_load);
    void end_load(const Value& value) { end_value(value); }
    // replaced: the set succeeded; otherwise the value may or may not be there.
    void end_set(const Value& value, bool replaced);

    Moment now() noexcept { return state_.clock.fetch_add(1) + 1; }
    // What has begun at that moment and has ended.
    void removed(size_t key, Moment begun) noexcept { raise(hard().written[key], begun); }
    void hidden(size_t key, Moment begun, bool soft) noexcept { raise(floors(soft).hidden[key], begun); }
    void hidden_category(size_t category, Moment begun, bool soft) noexcept {
        raise(floors(soft).categories[category], begun);
    }
    void hidden_tag(size_t tag, Moment begun, bool soft) noexcept { raise(floors(soft).tags[tag], begun); }
    void hidden_all(Moment begun, bool soft) noexcept { raise(floors(soft).everything, begun); }

    // ---- two processes, while neither calls the cache ----
    // Whether a value that is found now is superseded by what any process has done. only_written: by its sets and
    // removals.
    bool is_superseded(size_t key, std::string_view bytes, bool only_written) const;
    // From now on this process knows what the other has done.
    void learn() noexcept;
    void report(size_t key, std::string_view bytes, std::string_view what, const char* operation);

    uint64_t violations() const noexcept { return state_.violations; }

private:
    Floors& floors(bool soft) noexcept { return (soft ? state_.soft : state_.hard)[process_]; }
    Floors& hard() noexcept { return state_.hard[process_]; }
    KeyFloors least(size_t key) const noexcept;
    void end_value(const Value& value) { state_.registers[value.key].end_value(value.begun, now()); }

    ModelState& state_;
    const size_t process_, processes_;
    const bool in_order_;
};

}  // namespace aurelis::stress
