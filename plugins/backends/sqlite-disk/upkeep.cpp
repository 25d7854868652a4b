// SqliteDiskBackend: what happens in the background, in pieces of a few milliseconds: deleting what has expired,
// enforcing the bounds when other processes write, too, storing recency, giving pages back to the disk; and flush.
#include "backend.hpp"
#include "repair.hpp"
#include "reserve.hpp"

#include <algorithm>

namespace aurelis::sqlite_disk {

namespace {

constexpr size_t kPurgePiece = 256;
constexpr size_t kRecencyPiece = 1000;
constexpr int64_t kRecencyIntervalNs = 60'000'000'000;
constexpr int64_t kUpkeepIntervalNs = 1'000'000'000;
constexpr int64_t kLookOverIntervalNs = 3'600'000'000'000;
constexpr int64_t kLookOverNs = 500'000'000;
constexpr int64_t kMoreWorkDelayNs = 5'000'000;
constexpr int64_t kUpkeepPatienceNs = 50'000'000;
// Shrinking pays once a quarter of the file is free.
constexpr int64_t kFreePagesLeast = 256;
constexpr int64_t kFreeShare = 4;

}  // namespace

int64_t SqliteDiskBackend::upkeep() {
    const Patience patience{host_.raw(), 0, std::min(settings_.busy_timeout_ns, kUpkeepPatienceNs)};
    auto connections = keeper_.current(patience, true);
    if (!connections) return kUpkeepIntervalNs;
    const auto more = upkeep_piece(*connections, patience);
    if (!more && more.error().status == AURELIS_E_CORRUPT)
        static_cast<void>(keeper_.recover(*connections, more.error(), patience_of(nullptr)));
    if (more && more.value()) return kMoreWorkDelayNs;
    return std::min(settings_.purge_interval_ns, kUpkeepIntervalNs);
}

// True if there is more to do at once.
Result<bool> SqliteDiskBackend::upkeep_piece(const Shared& connections, const Patience& patience) {
    connections->figures().reserve = keep_reserve(keeper_.path(), settings_.reserve_bytes());
    AURELIS_TRY(salvaging, keeper_.salvage_piece(connections, patience));
    if (salvaging) return true;
    const int64_t now = host_.now_mono();
    if (looked_mono_ == 0) looked_mono_ = now;  // Opening has checked it.
    if (now - looked_mono_ >= kLookOverIntervalNs) {
        looked_mono_ = now;
        AURELIS_TRY(reader, ReadTurn::take(connections, patience));
        AURELIS_TRY_VOID(look_over(reader.database(), kLookOverNs));
    }
    if (now - recency_mono_ >= kRecencyIntervalNs && recency_.size() > 0) {
        AURELIS_TRY_VOID(write_recency(connections, patience, 1));
        if (recency_.size() > 0) return true;
    }
    if (recency_.size() == 0) recency_mono_ = now;
    AURELIS_TRY(turn, WriteTurn::take(connections, patience));
    turn.connections().wal().trim(turn.database(), database_bytes(keeper_.path() + "-wal"));
    if (turn.connections().wal().is_full()) return false;
    turn.database().set_patience(patience);
    AURELIS_TRY(version, turn.database().number(Query::DataVersion));
    if (version != connections->figures().data_version) {
        AURELIS_TRY_VOID(connections->take_stock(recency_));
        AURELIS_TRY_VOID(check_count(turn));
    }
    if (purging_ || now - purged_mono_ >= settings_.purge_interval_ns) {
        purged_mono_ = now;
        AURELIS_TRY(
            due, Run(turn.database(), Query::Expired).bind(1, host_.now_wall()).bind(2, int64_t{1}).step());
        purging_ = due;
        AURELIS_TRY_VOID(age_log(turn));
    }
    const auto& figures = connections->figures();
    const bool over =
        settings_.max_entries != 0 && figures.entries > static_cast<int64_t>(settings_.max_entries);
    const bool fat = figures.used_pages * 4096 > static_cast<int64_t>(settings_.page_bytes());
    if (purging_ || over || fat) {
        Batch batch(turn, settings_, recency_, counters_, telling_);
        AURELIS_TRY_VOID(batch.begin(false));
        AURELIS_TRY(purged, batch.purge(host_.now_wall(), kPurgePiece));
        purging_ = purged == kPurgePiece;
        AURELIS_TRY_VOID(batch.make_room(0, 0, host_.now_wall()));
        AURELIS_TRY_VOID(batch.commit());
    }
    AURELIS_TRY(shrinking, shrink(turn));
    return purging_ || shrinking;
}

// A process without a bound for entries does not maintain their number.
Result<void> SqliteDiskBackend::check_count(WriteTurn& turn) {
    if (settings_.max_entries == 0) return {};
    {
        Run run(turn.database(), Query::EntriesBeyondFact);
        AURELIS_TRY(row, run.bind(1, static_cast<int64_t>(Fact::Entries)).step());
        if (!row || run.number(0) == 0) return {};
    }
    Batch batch(turn, settings_, recency_, counters_, telling_);
    AURELIS_TRY_VOID(batch.begin(false));
    AURELIS_TRY_VOID(batch.recount());
    AURELIS_TRY_VOID(batch.make_room(0, 0, host_.now_wall()));
    return batch.commit();
}

// Checking is cheap; a transaction is begun only if there is something to prune.
Result<void> SqliteDiskBackend::age_log(WriteTurn& turn) {
    const int64_t now = host_.now_wall();
    AURELIS_TRY(due, ChangeLog::has_aged(turn.database(), now));
    if (!due) return {};
    Batch batch(turn, settings_, recency_, counters_, telling_);
    AURELIS_TRY_VOID(batch.begin(false));
    AURELIS_TRY_VOID(batch.log().prune_aged(now));
    return batch.commit();
}

Result<bool> SqliteDiskBackend::shrink(WriteTurn& turn) {
    Connections::Figures& figures = turn.connections().figures();
    const int64_t free = figures.free_pages;
    const int64_t pages = figures.used_pages + free;
    const bool over = free > 0 && pages * 4096 > static_cast<int64_t>(settings_.page_bytes());
    if (!over && (free < kFreePagesLeast || free * kFreeShare < pages)) return false;
    AURELIS_TRY_VOID(Run(turn.database(), Query::Shrink).finish());
    AURELIS_TRY(left, turn.database().number(Query::FreePages));
    figures.free_pages = left;
    return left < free;
}

Result<void> SqliteDiskBackend::write_recency(const Shared& connections, const Patience& patience,
                                              size_t pieces) {
    for (; pieces > 0 && recency_.size() > 0; --pieces) {
        AURELIS_TRY(turn, WriteTurn::take(connections, patience));
        Batch batch(turn, settings_, recency_, counters_, telling_);
        AURELIS_TRY_VOID(batch.begin(false));
        AURELIS_TRY_VOID(batch.write_recency(kRecencyPiece));
        AURELIS_TRY_VOID(batch.commit());
    }
    return {};
}

// The checkpoint syncs log and database to the disk. It waits for no reader; what a reader still needs stays in the
// log, which is on the disk, too.
aurelis_status SqliteDiskBackend::flush(aurelis_call* call) {
    return attempt(call, true,
                   [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
                       AURELIS_TRY_VOID(write_recency(connections, patience, 1));
                       AURELIS_TRY(turn, WriteTurn::take(connections, patience));
                       AURELIS_TRY_VOID(turn.database().execute("PRAGMA wal_checkpoint(PASSIVE)"));
                       return aurelis_status{AURELIS_OK};
                   });
}

}  // namespace aurelis::sqlite_disk
