// Walk: goes through the entries that match, a piece at a time: in the order of their keys or, for a tag,
// along its index. Between two pieces nothing is held; the position says where to continue. Leaves to others: showing
// them.
#pragma once

#include "database.hpp"

#include <aurelis/base/bytes.hpp>
#include <aurelis/plugin/host.hpp>
#include <aurelis/plugin/match.hpp>

#include <string>
#include <vector>

namespace aurelis::sqlite_disk {

// A matching row. value holds the value followed by the attributes, if entries were requested.
struct Row {
    int64_t id = 0;
    std::string key;
    aurelis_meta meta{};
    bool tagged = false;
    Pinned value;
    aurelis_bytes attrs{};
};

// Reads value and attributes of the current row into one buffer: first the value, then the attributes.
Result<Pinned> copy_entry(const plugin::Host& host, const Run& run, int attrs_column, int value_column,
                          aurelis_bytes* attrs);

class Walk {
public:
    // match NULL: all; what it points to outlives the walk. after: a position from an earlier walk with the same match;
    // empty: from the start.
    static Result<Walk> make(const plugin::Host& host, const aurelis_match* match, bool entries, int64_t now,
                             aurelis_bytes after);

    // Adds the next matching rows; false once there are no more.
    Result<bool> next(Database& database, size_t rows_at_most, std::vector<Row>& out);
    // The position after the last row that next() checked; after a row that it returned.
    const std::string& position() const noexcept { return position_; }
    std::string position_behind(const Row& row) const;
    bool matches_all() const noexcept { return match_.is_everything(); }

private:
    Walk(const plugin::Host& host, bool entries, int64_t now) : host_(host), entries_(entries), now_(now) {}
    bool fits(std::string_view key, const aurelis_meta& meta, uint64_t bytes) const noexcept;
    void bind(Run& run, size_t rows_at_most);

    plugin::Host host_;
    bool entries_;
    int64_t now_;
    plugin::Match match_;  // Borrows from the caller of make().
    std::string tag_;
    bool by_tag_ = false;
    std::string position_;
    std::string from_key_, to_key_;
    int64_t from_id_ = 0;
};

}  // namespace aurelis::sqlite_disk
