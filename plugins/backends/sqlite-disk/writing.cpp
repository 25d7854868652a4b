// SqliteDiskBackend: writing. Every call is one transaction, except remove_matching, which takes many small ones.
#include "backend.hpp"
#include "reserve.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace aurelis::sqlite_disk {

namespace {

constexpr size_t kRowsPerPiece = 256;

// Storing a copy of the original is not reported. A value that is too large has removed the old one. A removal is
// reported even if nothing was there: the copies of others may have outlived an eviction.
Result<aurelis_status> put_and_tell(Batch& batch, std::string_view key, const aurelis_write& write, int64_t now,
                                    int64_t* version) {
    AURELIS_TRY(status, batch.put(key, write, now, version));
    if ((write.flags & AURELIS_SET_FILL) != 0 || (status != AURELIS_OK && status != AURELIS_E_TOO_LARGE)) return status;
    AURELIS_TRY_VOID(batch.log().tell(status == AURELIS_OK ? Change::Set : Change::Removed, key, now));
    return status;
}

Result<aurelis_status> drop_and_tell(Batch& batch, std::string_view key, const int64_t* if_version, uint32_t flags,
                                     int64_t now) {
    AURELIS_TRY(status, batch.drop(key, if_version, now));
    if ((flags & AURELIS_SET_FILL) != 0 || status == AURELIS_CONFLICT) return status;
    AURELIS_TRY_VOID(batch.log().tell(Change::Removed, key, now));
    return status;
}

// Up to this many keys of one removal by condition are reported by name; more are reported as a gap.
constexpr uint64_t kNamedMax = 1024;

Result<void> tell_removed(Batch& batch, const std::vector<Row>& rows, uint64_t already, int64_t now) {
    if (rows.empty()) return {};
    AURELIS_TRY(read, batch.log().is_read());
    if (!read || already + rows.size() > kNamedMax) return batch.log().tell(Change::Unnamed, {}, now);
    for (const Row& row : rows) AURELIS_TRY_VOID(batch.log().tell(Change::Removed, row.key, now));
    return {};
}

}  // namespace

aurelis_status SqliteDiskBackend::set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                                      uint64_t* version) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    int64_t written = 0;
    const aurelis_status status = in_batch(call, (write.flags & AURELIS_SET_DURABLE) != 0, [&](Batch& batch) {
        return put_and_tell(batch, view(key), write, now, &written);
    });
    if (status == AURELIS_OK && version != nullptr) *version = static_cast<uint64_t>(written);
    if (status == AURELIS_E_TOO_LARGE) return plugin::report(call, status, too_large(write.value.size));
    return status;
}

std::string SqliteDiskBackend::too_large(size_t value_bytes) const {
    return settings_.path + ": an entry of " + std::to_string(value_bytes) + " bytes is above the limit of " +
           std::to_string(settings_.entry_bytes()) + "; raise 'max_bytes' or keep it out of this layer";
}

// A removal on a full disk reuses the existing log once its content is in the database; otherwise it uses the room that
// the reserve gives back.
void SqliteDiskBackend::make_room_in_log(aurelis_call* call, bool from_reserve) {
    static_cast<void>(attempt(
        call, true, [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
            AURELIS_TRY(turn, WriteTurn::take(connections, patience));
            if (from_reserve) {
                release_reserve(keeper_.path());
                connections->figures().reserve = false;
            }
            static_cast<void>(turn.database().execute("PRAGMA wal_checkpoint(PASSIVE)"));
            return aurelis_status{AURELIS_OK};
        }));
}

template <typename Removals>
aurelis_status SqliteDiskBackend::remove_in_any_room(aurelis_call* call, Removals&& removals) {
    aurelis_status status = removals();
    if (status != AURELIS_E_FULL) return status;
    make_room_in_log(call, false);
    status = removals();
    if (status != AURELIS_E_FULL) return status;
    make_room_in_log(call, true);
    return removals();
}

aurelis_status SqliteDiskBackend::remove(aurelis_call* call, const aurelis_key& key) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    return remove_in_any_room(call, [&] {
        return in_batch(call, false, [&](Batch& batch) { return drop_and_tell(batch, view(key), nullptr, 0, now); });
    });
}

aurelis_status SqliteDiskBackend::touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    return attempt(call, true,
                   [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
                       AURELIS_TRY(turn, WriteTurn::take(connections, patience));
                       AURELIS_TRY_VOID(turn.connections().wal().prepare(turn.database()));
                       if (turn.connections().wal().is_full()) return turn.connections().wal().refuse();
                       Run run(turn.database(), Query::Touch);
                       AURELIS_TRY_VOID(run.bind(1, view(key)).bind(2, expires_wall).bind(3, now).finish());
                       if (turn.database().changes() != 0) return aurelis_status{AURELIS_OK};
                       // Expired, absent, or not where the index leads to.
                       Batch batch(turn, settings_, recency_, counters_, telling_);
                       AURELIS_TRY_VOID(batch.begin(false));
                       AURELIS_TRY_VOID(batch.verify(view(key), now));
                       return aurelis_status{AURELIS_NOT_FOUND};
                   });
}

aurelis_status SqliteDiskBackend::multi_write(aurelis_call* call, const aurelis_key* keys,
                                              const aurelis_write* writes, size_t count,
                                              aurelis_status* each, uint64_t* versions) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    bool power_safe = false;
    for (size_t i = 0; i < count; ++i)
        power_safe = power_safe || (writes[i].flags & AURELIS_SET_DURABLE) != 0;
    bool only_removals = true;
    for (size_t i = 0; i < count; ++i) only_removals = only_removals && (writes[i].flags & AURELIS_SET_REMOVE) != 0;
    std::vector<aurelis_status> statuses;
    std::vector<int64_t> written;
    const auto work = [&](Batch& batch) -> Result<aurelis_status> {
        statuses.assign(count, AURELIS_OK);
        written.assign(count, 0);
        aurelis_status whole = AURELIS_OK;
        for (size_t i = 0; i < count; ++i) {
            const auto seen = static_cast<int64_t>(writes[i].if_version);
            const int64_t* if_version = (writes[i].flags & AURELIS_SET_IF_VERSION) != 0 ? &seen : nullptr;
            auto one = (writes[i].flags & AURELIS_SET_REMOVE) != 0
                           ? drop_and_tell(batch, view(keys[i]), if_version, writes[i].flags, now)
                           : put_and_tell(batch, view(keys[i]), writes[i], now, &written[i]);
            if (!one) return one;
            statuses[i] = one.value();
            if (statuses[i] != AURELIS_OK && statuses[i] != AURELIS_NOT_FOUND) whole = AURELIS_PARTIAL;
        }
        return whole;
    };
    const auto once = [&] { return in_batch(call, power_safe, work); };
    const aurelis_status status = only_removals ? remove_in_any_room(call, once) : once();
    if (status < 0) return status;
    std::copy(statuses.begin(), statuses.end(), each);
    for (size_t i = 0; i < count; ++i) {
        if (versions != nullptr) versions[i] = statuses[i] == AURELIS_OK ? static_cast<uint64_t>(written[i]) : 0;
        if (statuses[i] >= 0) continue;
        const std::string why = statuses[i] == AURELIS_E_TOO_LARGE
                                    ? too_large(writes[i].value.size)
                                    : settings_.path + ": a flag from bit 24 on is set that this version does not know";
        aurelis_item_error(call, i, statuses[i], why.data(), why.size());
    }
    return status;
}

aurelis_status SqliteDiskBackend::remove_matching(aurelis_call* call, const aurelis_match& match,
                                                  uint64_t* removed) {
    uint64_t count = 0;
    auto made = Walk::make(host_, &match, false, INT64_MIN, {});
    if (!made) return plugin::report(call, made.error());
    Walk walk = std::move(made).value();
    aurelis_status status = AURELIS_OK;
    if (walk.matches_all()) {
        status = in_batch(call, false, [&](Batch& batch) -> Result<aurelis_status> {
            std::vector<Row> rows;
            Walk first = walk;
            AURELIS_TRY_VOID(first.next(batch.database(), kNamedMax + 1, rows));
            AURELIS_TRY_VOID(tell_removed(batch, rows, 0, host_.now_wall()));
            AURELIS_TRY(entries, batch.erase_all());
            count = entries;
            return aurelis_status{AURELIS_OK};
        });
    } else {
        bool more = true;
        while (more && status == AURELIS_OK)
            status =
                attempt(call, true,
                        [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
                            AURELIS_TRY(left, remove_piece(connections, patience, walk, count));
                            more = left;
                            return aurelis_status{AURELIS_OK};
                        });
    }
    if (status == AURELIS_OK && removed != nullptr) *removed = count;
    return status;
}

// One small transaction, so that other writers get their turn in between; true if there may be more.
Result<bool> SqliteDiskBackend::remove_piece(const Shared& connections, const Patience& patience, Walk& walk,
                                             uint64_t& removed) {
    AURELIS_TRY(turn, WriteTurn::take(connections, patience));
    Batch batch(turn, settings_, recency_, counters_, telling_);
    AURELIS_TRY_VOID(batch.begin(false));
    AURELIS_TRY_VOID(batch.end_salvage());  // Rows that would still be restored might match, too.
    std::vector<Row> rows;
    AURELIS_TRY(more, walk.next(turn.database(), kRowsPerPiece, rows));
    for (const Row& row : rows) AURELIS_TRY_VOID(batch.erase(row.id, row.key, row.tagged));
    AURELIS_TRY_VOID(tell_removed(batch, rows, removed, host_.now_wall()));
    AURELIS_TRY_VOID(batch.commit());
    removed += rows.size();
    return more;
}

}  // namespace aurelis::sqlite_disk
