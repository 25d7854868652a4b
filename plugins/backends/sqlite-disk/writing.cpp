// SqliteDiskBackend: writing. Every call is one transaction, but for remove_matching, which takes many small
// ones.
#include "backend.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace aurelis::plugin {

namespace {

constexpr size_t kRowsPerPiece = 256;

std::string_view text(const aurelis_key& key) noexcept {
    return {static_cast<const char*>(key.data), key.size};
}

}  // namespace

aurelis_status SqliteDiskBackend::set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                                      uint64_t* version) {
    if (demands_the_unknown(write.flags))
        return report(call, AURELIS_E_UNSUPPORTED,
                      "the write has a flag that sqlite-disk does not know; update it");
    const int64_t now = aurelis_call_wall(call, host_.raw());
    int64_t written = 0;
    const aurelis_status status = in_batch(call, (write.flags & AURELIS_SET_DURABLE) != 0, [&](Batch& batch) {
        return batch.put(text(key), write, now, &written);
    });
    if (status == AURELIS_OK && version != nullptr) *version = static_cast<uint64_t>(written);
    if (status == AURELIS_E_TOO_LARGE)
        return report(call, status,
                      settings_.path + ": an entry of " + std::to_string(write.value.size) +
                          " bytes is above the limit of " + std::to_string(settings_.entry_bytes()) +
                          "; raise 'max_bytes' or keep it out of this layer");
    return status;
}

aurelis_status SqliteDiskBackend::remove(aurelis_call* call, const aurelis_key& key) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    return in_batch(call, false, [&](Batch& batch) { return batch.drop(text(key), nullptr, now); });
}

aurelis_status SqliteDiskBackend::touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    return attempt(call, true,
                   [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
                       AURELIS_TRY(turn, WriteTurn::take(connections, patience));
                       Run run(turn.database(), Query::Touch);
                       AURELIS_TRY_VOID(run.bind(1, text(key)).bind(2, expires_wall).bind(3, now).finish());
                       return aurelis_status{turn.database().changes() != 0 ? AURELIS_OK : AURELIS_NOT_FOUND};
                   });
}

aurelis_status SqliteDiskBackend::multi_write(aurelis_call* call, const aurelis_key* keys,
                                              const aurelis_write* writes, size_t count,
                                              aurelis_status* each) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    bool power_safe = false;
    for (size_t i = 0; i < count; ++i)
        power_safe = power_safe || (writes[i].flags & AURELIS_SET_DURABLE) != 0;
    std::vector<aurelis_status> statuses;
    const aurelis_status status = in_batch(call, power_safe, [&](Batch& batch) -> Result<aurelis_status> {
        statuses.assign(count, AURELIS_OK);
        aurelis_status whole = AURELIS_OK;
        for (size_t i = 0; i < count; ++i) {
            const auto seen = static_cast<int64_t>(writes[i].if_version);
            const int64_t* if_version = (writes[i].flags & AURELIS_SET_IF_VERSION) != 0 ? &seen : nullptr;
            auto one = demands_the_unknown(writes[i].flags) ? Result<aurelis_status>(AURELIS_E_UNSUPPORTED)
                       : (writes[i].flags & AURELIS_SET_REMOVE) != 0
                           ? batch.drop(text(keys[i]), if_version, now)
                           : batch.put(text(keys[i]), writes[i], now, nullptr);
            if (!one) return one;
            statuses[i] = one.value();
            if (statuses[i] != AURELIS_OK && statuses[i] != AURELIS_NOT_FOUND) whole = AURELIS_PARTIAL;
        }
        return whole;
    });
    if (status >= 0) std::copy(statuses.begin(), statuses.end(), each);
    return status;
}

aurelis_status SqliteDiskBackend::remove_matching(aurelis_call* call, const aurelis_match& match,
                                                  uint64_t* removed) {
    uint64_t count = 0;
    auto made = Walk::make(host_, &match, false, INT64_MIN, {});
    if (!made) return report(call, made.error());
    Walk walk = std::move(made).value();
    aurelis_status status = AURELIS_OK;
    if (walk.matches_all()) {
        status = in_batch(call, false, [&](Batch& batch) -> Result<aurelis_status> {
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
    Batch batch(turn, settings_, recency_, counters_);
    AURELIS_TRY_VOID(batch.begin(false));
    std::vector<Row> rows;
    AURELIS_TRY(more, walk.next(turn.database(), kRowsPerPiece, rows));
    for (const Row& row : rows) AURELIS_TRY_VOID(batch.erase(row.id, row.key, row.tagged));
    AURELIS_TRY_VOID(batch.commit());
    removed += rows.size();
    return more;
}

}  // namespace aurelis::plugin
