// Walk: pieces of the table, filtered here as far as SQL cannot (its GLOB knows no escape).
#include "walk.hpp"

#include "newest.hpp"

#include <algorithm>
#include <cstring>

namespace aurelis::sqlite_disk {

namespace {

constexpr size_t kBytesAtOnce = 4u << 20;
constexpr char kByKey = 'k';
constexpr char kByTag = 't';

// The first text after all that begin with prefix; empty if there is none.
std::string end_of_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

std::string id_text(int64_t id) {
    char text[sizeof id];
    std::memcpy(text, &id, sizeof id);
    return std::string(text, sizeof id);
}

}  // namespace

Result<Pinned> copy_entry(const plugin::Host& host, const Run& run, int attrs_column, int value_column,
                          aurelis_bytes* attrs) {
    const std::string_view tail = run.bytes(attrs_column);
    const std::string_view value = run.bytes(value_column);
    aurelis_buf buf{};
    void* room = nullptr;
    if (host.raw()->buf_new(host.raw(), value.size() + tail.size(), &buf, &room) != AURELIS_OK)
        return fail(AURELIS_E_NOMEM,
                    "no memory for a value of " + std::to_string(value.size()) + " bytes; free some");
    char* to = static_cast<char*>(room);
    if (!value.empty()) std::memcpy(to, value.data(), value.size());
    if (!tail.empty()) std::memcpy(to + value.size(), tail.data(), tail.size());
    buf.size = value.size();
    *attrs = tail.empty() ? aurelis_bytes{} : aurelis_bytes{to + value.size(), tail.size()};
    return Pinned(buf);
}

Result<Walk> Walk::make(const plugin::Host& host, const aurelis_match* given, bool entries, int64_t now,
                        aurelis_bytes after) {
    Walk walk(host, entries, now);
    AURELIS_TRY(match, plugin::Match::read(given));
    walk.match_ = match;
    walk.tag_ = match.tag();
    walk.by_tag_ = !match.tag().empty();
    walk.from_key_ = match.literal_prefix();
    walk.to_key_ = end_of_prefix(walk.from_key_);
    const std::string_view position = view(after);
    if (position.empty()) return walk;
    const bool sound = walk.by_tag_ ? position[0] == kByTag && position.size() == 1 + sizeof walk.from_id_
                                    : position[0] == kByKey && position.size() > 1;
    if (!sound)
        return fail(AURELIS_E_INVALID,
                    "the scan's position is not one of this match; start from the beginning");
    walk.position_ = position;
    if (walk.by_tag_)
        std::memcpy(&walk.from_id_, position.data() + 1, sizeof walk.from_id_);
    else
        walk.from_key_.assign(position.substr(1)).push_back('\0');  // The first key after it.
    return walk;
}

std::string Walk::position_behind(const Row& row) const {
    return by_tag_ ? kByTag + id_text(row.id) : kByKey + row.key;
}

void Walk::bind(Run& run, size_t rows_at_most) {
    run.bind(3, static_cast<int64_t>(rows_at_most));
    if (by_tag_) {
        run.bind(1, from_id_).bind(4, std::string_view(tag_));
    } else {
        run.bind(1, std::string_view(from_key_));
        if (!to_key_.empty()) run.bind(2, std::string_view(to_key_));
    }
}

bool Walk::fits(std::string_view key, const aurelis_meta& meta, uint64_t bytes) const noexcept {
    if (meta.expires_wall != 0 && meta.expires_wall <= now_) return false;
    return match_.fits_created(meta.created_wall) && match_.fits_size(bytes) && match_.fits_key(key);
}

Result<bool> Walk::next(Database& database, size_t rows_at_most, std::vector<Row>& out) {
    const Query query = by_tag_ ? (entries_ ? Query::WalkTagEntries : Query::WalkTagKeys)
                                : (entries_ ? Query::WalkEntries : Query::WalkKeys);
    Run run(database, query);
    bind(run, rows_at_most);
    Row seen;
    size_t rows = 0;
    bool more = false;
    for (size_t bytes = 0;; ++rows) {
        if (bytes >= kBytesAtOnce) {
            more = true;
            break;
        }
        AURELIS_TRY(row, run.step());
        if (!row) break;
        if (run.null(0)) return disagreement(database, "it leads to no row");
        if (!by_tag_ && (run.bytes(7) < from_key_ || (rows != 0 && run.bytes(7) <= seen.key)))
            return disagreement(database, "its keys are out of order");
        seen.id = run.number(0);
        seen.key = run.bytes(7);
        seen.meta = aurelis_meta{run.number(1),
                                 run.number(2),
                                 run.number(3),
                                 static_cast<uint64_t>(run.number(4)),
                                 static_cast<uint32_t>(run.number(5)),
                                 static_cast<uint32_t>(run.number(6))};
        seen.tagged = run.number(9) != 0;
        bytes += seen.key.size();
        if (!fits(seen.key, seen.meta, static_cast<uint64_t>(run.number(8)))) continue;
        out.push_back(Row{seen.id, seen.key, seen.meta, seen.tagged, Pinned{}, {}});
        if (!entries_) continue;
        AURELIS_TRY(copied, copy_entry(host_, run, 10, 11, &out.back().attrs));
        bytes += copied.size();
        out.back().value = std::move(copied);
    }
    if (rows != 0) {
        position_ = position_behind(seen);
        from_id_ = seen.id;
        from_key_ = seen.key + '\0';
    }
    return more || rows == rows_at_most;
}

}  // namespace aurelis::sqlite_disk
