// ChangeLog: whether to write, writing, and pruning.
#include "changes.hpp"

#include <algorithm>

namespace aurelis::sqlite_disk {

namespace {

// The log is pruned each time it has grown by this share of its bound.
constexpr int64_t kCutsPerBound = 64;
constexpr int64_t kKeptNs = int64_t{24} * 3600 * 1'000'000'000;
constexpr int64_t kAgedAtOnce = 4096;

}  // namespace

Result<int64_t> fact_of(Database& database, Fact fact) {
    Run run(database, Query::FactOf);
    AURELIS_TRY(row, run.bind(1, static_cast<int64_t>(fact)).step());
    return row ? run.number(0) : int64_t{0};
}

Result<void> set_fact(Database& database, Fact fact, int64_t value) {
    return Run(database, Query::SetFact).bind(1, static_cast<int64_t>(fact)).bind(2, value).finish();
}

Result<void> ChangeLog::read_newest() {
    if (read_) return {};
    Run run(turn_.database(), Query::LogNewest);
    AURELIS_TRY(row, run.step());
    read_ = true;
    empty_ = !row;
    newest_ = row ? run.number(0) : 0;
    newest_before_ = newest_;
    newest_change_ = row ? static_cast<Change>(run.number(1)) : Change::Unnamed;
    return {};
}

// Asked within the transaction. A new listener first registers and then, in a write transaction of its own, reads the
// position of the log; so either its position is after this transaction, or this transaction sees it.
Result<bool> ChangeLog::is_read() {
    if (decided_) return writes_;
    const bool others = telling_.presence.others_listen();
    const Connections::LogState& state = turn_.connections().log_state();
    AURELIS_TRY(version, turn_.database().number(Query::DataVersion));
    version_ = version;
    if (!others && state.in_gap && state.data_version == version) {
        decided_ = true;
        return false;
    }
    AURELIS_TRY_VOID(read_newest());
    if (others) {
        writes_ = true;
    } else if (newest_change_ != Change::Unnamed) {
        AURELIS_TRY(mark, fact_of(turn_.database(), Fact::LogMark));
        writes_ = mark != 0 && newest_ - mark < static_cast<int64_t>(settings_.log_bytes());
        needs_gap_ = !writes_;
    }
    decided_ = true;
    return writes_;
}

Result<void> ChangeLog::tell(Change change, std::string_view key, int64_t now) {
    AURELIS_TRY(writes, is_read());
    if (writes) return append(change, key, now);
    if (!needs_gap_) return {};
    needs_gap_ = false;
    return append(Change::Unnamed, {}, now);
}

Result<void> ChangeLog::append(Change change, std::string_view key, int64_t now) {
    AURELIS_TRY_VOID(read_newest());
    newest_ += log_step(key.size());
    newest_change_ = change;
    empty_ = false;
    ++appended_;
    return Run(turn_.database(), Query::LogAppend)
        .bind(1, newest_)
        .bind(2, telling_.self)
        .bind(3, static_cast<int64_t>(change))
        .bind(4, now)
        .bind(5, key)
        .finish();
}

Result<void> ChangeLog::mark(int64_t now) {
    AURELIS_TRY_VOID(read_newest());
    if (newest_change_ == Change::Unnamed) AURELIS_TRY_VOID(append(Change::Mark, {}, now));
    return set_fact(turn_.database(), Fact::LogMark, newest_);
}

// The newest row always stays: numbering continues from it.
Result<void> ChangeLog::prune() {
    const auto bound = static_cast<int64_t>(settings_.log_bytes());
    const int64_t piece = bound / kCutsPerBound;
    if (appended_ == 0 || newest_ / piece == newest_before_ / piece) return {};
    return Run(turn_.database(), Query::LogPrune).bind(1, std::min(newest_ - bound, newest_ - 1)).finish();
}

// Uses the wall clock, the only one that processes and restarts share. A step forward prunes rows too early: a listener
// that would have come back for them gets a gap. Rows that a step back leaves in the future are pruned, too, if they
// are further off than rows are kept; in either case the bound in bytes holds.
Result<int64_t> ChangeLog::last_aged(Database& database, int64_t now, int64_t rows_at_most) {
    int64_t last = -1;
    Run run(database, Query::LogAges);
    run.bind(1, rows_at_most);
    for (;;) {
        AURELIS_TRY(row, run.step());
        if (!row) return last;
        const int64_t at = run.number(1);
        if (at >= now - kKeptNs && at <= now + kKeptNs) return last;
        last = run.number(0);
    }
}

Result<bool> ChangeLog::has_aged(Database& database, int64_t now) {
    AURELIS_TRY(last, last_aged(database, now, 1));
    return last >= 0;
}

Result<void> ChangeLog::prune_aged(int64_t now) {
    AURELIS_TRY(last, last_aged(turn_.database(), now, kAgedAtOnce));
    return Run(turn_.database(), Query::LogPrune).bind(1, last).finish();
}

void ChangeLog::committed() noexcept {
    telling_.logged += appended_;
    if (read_) turn_.connections().log_state() = {version_, newest_change_ == Change::Unnamed};
}

}  // namespace aurelis::sqlite_disk
