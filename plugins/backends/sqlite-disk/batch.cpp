// Batch: the rows that one transaction writes and deletes.
#include "batch.hpp"

#include "reserve.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace aurelis::sqlite_disk {

namespace {

constexpr int64_t kPageBytes = 4096;
constexpr uint64_t kSlots = 16384;
constexpr size_t kRowsAtOnce = 64;

struct Doomed {
    int64_t id;
    std::string key;
    bool tagged;
    int64_t accessed;
};

bool has_tags(const aurelis_write& write) noexcept {
    for (aurelis_attr item{}; aurelis_attr_next(write.attrs, &item) != 0;)
        if (item.kind == AURELIS_ATTR_TAG) return true;
    return false;
}

// The key is stored in the table and in its index.
uint64_t room_of(std::string_view key, const aurelis_write& write) noexcept {
    return 2 * key.size() + write.attrs.size + write.value.size + 128;
}

Result<std::vector<Doomed>> doomed_rows(Run& run, bool with_accessed) {
    std::vector<Doomed> rows;
    for (;;) {
        AURELIS_TRY(row, run.step());
        if (!row) return rows;
        rows.push_back({run.number(0), std::string(run.bytes(1)), run.number(2) != 0,
                        with_accessed ? run.number(3) : 0});
    }
}

}  // namespace

int64_t slot_of(std::string_view key) noexcept {
    uint64_t digest = 0xcbf29ce484222325u;  // FNV-1a.
    for (const char letter : key) digest = (digest ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
    return static_cast<int64_t>((digest ^ digest >> 32) % kSlots);
}

Batch::~Batch() {
    if (database_.in_transaction()) static_cast<void>(Run(database_, Query::Rollback).finish());
    if (raised_) static_cast<void>(database_.execute("PRAGMA synchronous=NORMAL"));
}

Result<void> Batch::begin(bool power_safe) {
    AURELIS_TRY_VOID(turn_.connections().wal().prepare(database_));
    if (power_safe && !settings_.power_safe) {
        raised_ = true;
        AURELIS_TRY_VOID(database_.execute("PRAGMA synchronous=FULL"));
    }
    AURELIS_TRY_VOID(Run(database_, Query::Begin).finish());
    // Checked with the lock held: what is written into a file that was set aside would be acknowledged and lost.
    if (identity_of(database_.path()) != turn_.connections().identity())
        return fail(AURELIS_E_CORRUPT, database_.path() + ": it was replaced and is being reopened");
    AURELIS_TRY_VOID(count_entries());
    AURELIS_TRY_VOID(measure());
    pages_at_begin_ = used_pages_ + free_pages_;
    return {};
}

// An instance that bounds the number of entries keeps it in the file, since a count of its own would not include the
// entries of other processes.
Result<void> Batch::count_entries() {
    entries_ = turn_.connections().figures().entries.load(std::memory_order_relaxed);
    if (settings_.max_entries == 0) return {};
    AURELIS_TRY(kept, fact_of(database_, Fact::Entries));
    entries_ = kept;
    if (kept > 0) return {};
    return recount();
}

Result<void> Batch::recount() {
    AURELIS_TRY(counted, database_.number(Query::CountEntries));
    entries_ = counted;
    counted_anew_ = true;
    return {};
}

Result<void> Batch::measure() {
    AURELIS_TRY(pages, database_.number(Query::PageCount));
    AURELIS_TRY(free, database_.number(Query::FreePages));
    used_pages_ = pages - free;
    free_pages_ = free;
    return {};
}

// Without a reserve, growth that is still only in the log could prevent the log from being restarted, and so removals
// from being written at all.
Result<void> Batch::check_growth() {
    Connections::Figures& figures = turn_.connections().figures();
    const int64_t pages = used_pages_ + free_pages_;
    if (figures.reserve || pages <= pages_at_begin_) return {};
    if (pages * kPageBytes <= static_cast<int64_t>(database_bytes(database_.path()))) return {};
    figures.reserve = keep_reserve(database_.path(), settings_.reserve_bytes());
    if (figures.reserve) return {};
    return fail(AURELIS_E_FULL, database_.path() + ": the disk is full; free some disk space or lower 'max_bytes'");
}

Result<void> Batch::commit() {
    AURELIS_TRY_VOID(log_.prune());
    if (settings_.max_entries != 0 && (own_entries_ != 0 || counted_anew_))
        AURELIS_TRY_VOID(set_fact(database_, Fact::Entries, entries_));
    AURELIS_TRY_VOID(measure());
    AURELIS_TRY_VOID(check_growth());
    AURELIS_TRY_VOID(Run(database_, Query::Commit).finish());
    log_.committed();
    Connections::Figures& figures = turn_.connections().figures();
    if (settings_.max_entries != 0)
        figures.entries = entries_;
    else
        figures.entries += own_entries_;
    figures.used_pages = used_pages_;
    figures.free_pages = free_pages_;
    counters_.evictions += evicted_;
    counters_.expirations += expired_;
    if (!gone_.empty()) telling_.gone.add(std::move(gone_));
    return {};
}

Result<int64_t> Batch::absent_version(std::string_view key) {
    Run run(database_, Query::SlotVersion);
    AURELIS_TRY(row, run.bind(1, slot_of(key)).step());
    return row ? run.number(0) : int64_t{0};
}

Result<void> Batch::change_slot(std::string_view key) {
    return Run(database_, Query::SetSlot).bind(1, slot_of(key)).bind(2, new_version()).finish();
}

// An expired row is an absent key whose version is the row's own: it changed when the row was written.
Result<Batch::Standing> Batch::find(std::string_view key, int64_t now) {
    Standing standing;
    const Marks& marks = turn_.connections().marks();
    const int64_t slot = marks.slot_of(key);
    {
        Run run(database_, Query::Find);
        AURELIS_TRY(row, run.bind(1, key).bind(2, slot).step());
        if (row && (run.null(0) || run.bytes(5) != key))
            return disagreement(database_, "it leads to the row of another key, or to none");
        if (row) {
            const int64_t expires = run.number(1);
            standing = Standing{run.number(0), run.number(2), expires == 0 || expires > now, run.number(3) != 0,
                                run.number(4), !marks.believes(run.number(2), !run.null(6), run.number(6))};
        }
    }
    if (standing.id != 0 && !standing.doubted) return standing;
    AURELIS_TRY_VOID(settle_doubt(standing, slot));
    AURELIS_TRY(version, absent_version(key));
    standing.version = version;
    return standing;
}

// The row is not the newest, or is missing although one was written: there may be a row that the index does not lead
// to. With new indices there is none, and what is found here is a leftover.
Result<void> Batch::settle_doubt(Standing& standing, int64_t slot) {
    if (turn_.connections().marks().seed == 0) return {};
    if (standing.id == 0) {
        AURELIS_TRY(noted, Run(database_, Query::Newest).bind(1, slot).step());
        if (!noted) return {};
    }
    if (!turn_.connections().indices_are_new()) {
        ++counters_.doubted;
        return disagreement(database_, "the newest row of a key is not where it leads to");
    }
    standing.live = false;
    return Run(database_, Query::DropSlot).bind(1, slot).finish();
}

Result<aurelis_status> Batch::put(std::string_view key, const aurelis_write& write, int64_t now,
                                  int64_t* version) {
    AURELIS_TRY(old, find(key, now));
    if ((write.flags & AURELIS_SET_IF_ABSENT) != 0 && old.live) return aurelis_status{AURELIS_CONFLICT};
    if ((write.flags & AURELIS_SET_IF_PRESENT) != 0 && !old.live) return aurelis_status{AURELIS_CONFLICT};
    if ((write.flags & AURELIS_SET_IF_VERSION) != 0 && static_cast<uint64_t>(old.version) != write.if_version)
        return aurelis_status{AURELIS_CONFLICT};
    if (turn_.connections().wal().is_full()) return turn_.connections().wal().refuse();
    const uint64_t room = room_of(key, write);
    if (room > settings_.entry_bytes()) {
        if (old.id != 0) AURELIS_TRY_VOID(erase(old.id, key, old.tagged));
        return aurelis_status{AURELIS_E_TOO_LARGE};
    }
    const int64_t growth = static_cast<int64_t>(room) - old.bytes;
    const int64_t pages = old.id == 0 ? growth / kPageBytes + 4 : std::max<int64_t>(growth / kPageBytes, 0);
    AURELIS_TRY_VOID(make_room(pages, old.id == 0 ? 1 : 0, now));
    used_pages_ += pages;
    // Making room may have evicted this very row.
    AURELIS_TRY(still, evicted_ + expired_ > 0 ? find(key, now) : Result<Standing>(old));
    AURELIS_TRY(written, write_row(key, write, still, now));
    if (version != nullptr) *version = written;
    return aurelis_status{AURELIS_OK};
}

Result<int64_t> Batch::write_row(std::string_view key, const aurelis_write& write, const Standing& old,
                                 int64_t now) {
    const int64_t version = new_version();
    const bool tagged = has_tags(write);
    const aurelis_meta& meta = write.meta;
    {
        Run run(database_, old.id != 0 ? Query::Update : Query::Insert);
        run.bind(1, meta.created_wall).bind(2, meta.stale_wall).bind(3, meta.expires_wall).bind(4, version);
        run.bind(5, int64_t{meta.flags})
            .bind(6, int64_t{meta.cost})
            .bind(7, recency_.tick(now))
            .bind(8, int64_t{tagged});
        if (old.id != 0)
            run.bind(9, old.id);
        else
            run.bind(9, key);
        run.bind(10, view(write.attrs)).bind(11, view(write.value));
        AURELIS_TRY_VOID(run.finish());
    }
    const int64_t id = old.id != 0 ? old.id : database_.last_id();
    AURELIS_TRY_VOID(note_newest(key, version));
    if (old.id == 0) {
        ++own_entries_;
        ++entries_;
    }
    if (old.tagged) AURELIS_TRY_VOID(Run(database_, Query::DropTags).bind(1, id).finish());
    if (tagged) AURELIS_TRY_VOID(write_tags(id, write));
    return version;
}

Result<void> Batch::note_newest(std::string_view key, int64_t version) {
    const Marks& marks = turn_.connections().marks();
    if (marks.seed == 0) return {};
    return Run(database_, Query::SetSlot).bind(1, marks.slot_of(key)).bind(2, version).finish();
}

Result<void> Batch::write_tags(int64_t id, const aurelis_write& write) {
    for (aurelis_attr item{}; aurelis_attr_next(write.attrs, &item) != 0;)
        if (item.kind == AURELIS_ATTR_TAG)
            AURELIS_TRY_VOID(Run(database_, Query::AddTag).bind(1, view(item.value)).bind(2, id).finish());
    return {};
}

Result<void> Batch::verify(std::string_view key, int64_t now) {
    AURELIS_TRY_VOID(find(key, now));
    return {};
}

Result<aurelis_status> Batch::drop(std::string_view key, const int64_t* if_version, int64_t now) {
    AURELIS_TRY(old, find(key, now));
    if (if_version != nullptr && *if_version != old.version) return aurelis_status{AURELIS_CONFLICT};
    if (old.id != 0)
        AURELIS_TRY_VOID(erase(old.id, key, old.tagged));
    else
        AURELIS_TRY_VOID(change_slot(key));
    return aurelis_status{old.live ? AURELIS_OK : AURELIS_NOT_FOUND};
}

// When a row goes, for whatever reason, the version of the absent key changes: a load that began before the row was
// written must not find the version that it saw then.
Result<void> Batch::erase(int64_t id, std::string_view key, bool tagged) {
    if (tagged) AURELIS_TRY_VOID(Run(database_, Query::DropTags).bind(1, id).finish());
    const Marks& marks = turn_.connections().marks();
    if (marks.seed != 0)
        AURELIS_TRY_VOID(Run(database_, Query::DropNewest).bind(1, marks.slot_of(key)).bind(2, id).finish());
    AURELIS_TRY_VOID(Run(database_, Query::Delete).bind(1, id).finish());
    --own_entries_;
    --entries_;
    return change_slot(key);
}

Result<uint64_t> Batch::erase_all() {
    AURELIS_TRY(entries, database_.number(Query::CountEntries));
    const uint64_t seed = turn_.connections().marks().seed;
    AURELIS_TRY_VOID(database_.execute("DELETE FROM entries; DELETE FROM tags; DELETE FROM slots;" +
                                       (seed != 0 ? cover_sql(seed) : std::string())));
    AURELIS_TRY_VOID(Run(database_, Query::SetSlot).bind(1, int64_t{-1}).bind(2, new_version()).finish());
    own_entries_ -= entries;
    entries_ = 0;
    return static_cast<uint64_t>(entries);
}

Result<size_t> Batch::purge(int64_t now, size_t at_most) {
    std::vector<Doomed> rows;
    {
        Run run(database_, Query::Expired);
        AURELIS_TRY(found, doomed_rows(run.bind(1, now).bind(2, static_cast<int64_t>(at_most)), false));
        rows = std::move(found);
    }
    for (const Doomed& row : rows) {
        AURELIS_TRY_VOID(erase(row.id, row.key, row.tagged));
        if (telling_.gone.wants(AURELIS_WATCH_EXPIRED)) gone_.emplace_back(AURELIS_WATCH_EXPIRED, row.key);
    }
    expired_ += rows.size();
    return rows.size();
}

Result<void> Batch::make_room(int64_t pages, int64_t entries, int64_t now) {
    const int64_t room = static_cast<int64_t>(settings_.page_bytes()) / kPageBytes;
    const int64_t most = static_cast<int64_t>(settings_.max_entries);
    const auto fits = [&] {
        return used_pages_ + pages <= room && (most == 0 || entries_ + entries <= most);
    };
    if (fits()) return {};
    AURELIS_TRY_VOID(measure());
    if (fits()) return {};
    // A little more than needed at a time: one long eviction now and then costs less than a short one per
    // write.
    const int64_t pages_goal =
        used_pages_ + pages <= room ? room : room - pages - std::min<int64_t>(room / 64, 64);
    const int64_t entries_goal = most == 0 ? INT64_MAX : most - entries;
    for (;;) {
        AURELIS_TRY(expired, purge(now, kRowsAtOnce));
        if (expired == 0) break;
        AURELIS_TRY_VOID(measure());
        if (fits()) return {};
    }
    for (;;) {
        AURELIS_TRY(seen, evict_some(pages_goal, entries_goal));
        if (seen == 0 || (used_pages_ <= pages_goal && entries_ <= entries_goal)) return {};
    }
}

// Checks the least recently used rows according to the file; returns how many it has seen.
Result<size_t> Batch::evict_some(int64_t pages_goal, int64_t entries_goal) {
    std::vector<Doomed> rows;
    {
        Run run(database_, Query::LeastRecent);
        AURELIS_TRY(found, doomed_rows(run.bind(1, static_cast<int64_t>(kRowsAtOnce)), true));
        rows = std::move(found);
    }
    for (const Doomed& row : rows) {
        if (used_pages_ <= pages_goal && entries_ <= entries_goal) break;
        const auto read = recency_.take(row.id);
        if (read && *read > row.accessed) {
            AURELIS_TRY_VOID(Run(database_, Query::SetAccessed).bind(1, row.id).bind(2, *read).finish());
            continue;
        }
        AURELIS_TRY_VOID(erase(row.id, row.key, row.tagged));
        if (telling_.gone.wants(AURELIS_WATCH_EVICTED)) gone_.emplace_back(AURELIS_WATCH_EVICTED, row.key);
        ++evicted_;
        AURELIS_TRY_VOID(measure());
    }
    return rows.size();
}

Result<void> Batch::write_recency(size_t at_most) {
    for (const auto& [id, tick] : recency_.take_some(at_most))
        AURELIS_TRY_VOID(Run(database_, Query::SetAccessed).bind(1, id).bind(2, tick).finish());
    return {};
}

}  // namespace aurelis::sqlite_disk
