// SqliteDiskBackend: scan and stats.
#include "backend.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace aurelis::sqlite_disk {

namespace {

constexpr size_t kRowsPerPiece = 256;
constexpr uint64_t kPageDefault = 256;
// The most rows that are checked for one page, however few of them match.
constexpr uint64_t kLooksPerPage = 16'384;

enum class Shown { All, Stopped };

// Shows the rows; last is the one at which the visitor stopped.
Shown show(const std::vector<Row>& rows, bool entries, aurelis_visit_fn visit, void* user, const Row** last) {
    for (const Row& row : rows) {
        const aurelis_key key{row.key.data(), row.key.size(), 0, nullptr};
        aurelis_entry entry{};
        if (entries) {
            entry.value = row.value.raw();
            entry.meta = row.meta;
            entry.attrs = row.attrs;
        }
        *last = &row;
        if (visit(user, &key, entries ? &entry : nullptr) == 0) return Shown::Stopped;
    }
    return Shown::All;
}

}  // namespace

// The reader is given back before anything is shown, so that a slow visitor blocks neither writers nor the log.
aurelis_status SqliteDiskBackend::scan(aurelis_call* call, aurelis_scan& page, aurelis_visit_fn visit,
                                       void* user) {
    const bool entries = (page.flags & AURELIS_SCAN_ENTRIES) != 0;
    const int64_t now = aurelis_call_wall(call, host_.raw());
    auto made = Walk::make(host_, page.match, entries, now, page.after);
    if (!made) return plugin::report(call, made.error());
    Walk walk = std::move(made).value();
    const uint64_t wanted = page.page_hint != 0 ? page.page_hint : kPageDefault;
    std::string position;
    uint64_t shown = 0;
    for (uint64_t looks = 0; shown < wanted && looks < std::max(kLooksPerPage, wanted);) {
        const size_t piece = std::min<uint64_t>(wanted - shown, kRowsPerPiece);
        const size_t ask = walk.matches_all() ? piece : kRowsPerPiece;
        std::vector<Row> rows;
        bool more = false;
        const aurelis_status status = attempt(
            call, false, [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
                AURELIS_TRY(turn, ReadTurn::take(connections, patience));
                rows.clear();
                AURELIS_TRY(left, walk.next(turn.database(), ask, rows));
                more = left;
                return aurelis_status{AURELIS_OK};
            });
        if (status != AURELIS_OK) return status;
        const Row* last = nullptr;
        const Shown how = show(rows, entries, visit, user, &last);
        shown += rows.size();
        looks += ask;
        position = how == Shown::Stopped ? walk.position_behind(*last)
                   : more                ? walk.position()
                                         : std::string();
        if (how == Shown::Stopped || !more) break;
    }
    Pinned next = position.empty() ? Pinned{} : host_.copy(position);
    if (!position.empty() && next.raw().ops == nullptr) return plugin::report(call, AURELIS_E_NOMEM, "out of memory");
    page.next = next.give();
    return AURELIS_OK;
}

aurelis_status SqliteDiskBackend::stats(aurelis_call* call, aurelis_stat_fn tell, void* user) {
    const auto connections = keeper_.current(patience_of(call), false);
    if (!connections) return refuse(call, connections.error());
    Connections::Figures& figures = connections.value()->figures();
    const auto gauge = [&](const char* name, uint64_t value) {
        tell(user, name, AURELIS_METRIC_GAUGE, static_cast<double>(value));
    };
    const auto counter = [&](const char* name, uint64_t value) {
        tell(user, name, AURELIS_METRIC_COUNTER, static_cast<double>(value));
    };
    const uint64_t all = file_bytes(keeper_.path());
    gauge("entries", static_cast<uint64_t>(figures.entries.load()));
    gauge("bytes", all);
    gauge("wal_bytes", all - std::min(all, database_bytes(keeper_.path())));
    gauge("used_pages", static_cast<uint64_t>(figures.used_pages.load()));
    gauge("free_pages", static_cast<uint64_t>(figures.free_pages.load()));
    gauge("recency_notes", recency_.size());
    counter("recency_forgotten", recency_.forgotten());
    counter("hits", counters_.hits);
    counter("misses", counters_.misses);
    counter("evictions", counters_.evictions);
    counter("expirations", counters_.expirations);
    counter("set_aside", counters_.set_aside);
    counter("reopened", counters_.reopened);
    counter("repaired", counters_.repaired);
    counter("doubted", counters_.doubted);
    counter("salvaged", counters_.salvaged);
    counter("salvage_lost", counters_.salvage_lost);
    counter("busy_timeouts", counters_.busy_timeouts);
    counter("wal_blocked", counters_.wal_blocked);
    counter("wal_refusals", counters_.wal_refusals);
    gauge("watch_live", watcher_.is_live() ? 1 : 0);
    counter("changes_logged", telling_.logged);
    counter("changes_told", watcher_.told());
    counter("watch_gaps", watcher_.gaps());
    return AURELIS_OK;
}

}  // namespace aurelis::sqlite_disk
