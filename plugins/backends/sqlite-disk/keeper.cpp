// Keeper: opening, judging, setting aside, following.
#include "keeper.hpp"

#include "pages.hpp"
#include "repair.hpp"
#include "reserve.hpp"
#include "salvage.hpp"
#include "schema.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace aurelis::sqlite_disk {

namespace {

constexpr int64_t kLookIntervalNs = 500'000'000;
constexpr int64_t kRetryIntervalNs = 200'000'000;
constexpr int64_t kLookOverNs = 20'000'000;
constexpr int64_t kRepairNs = 400'000'000;
constexpr int64_t kSalvageAtOnceNs = 200'000'000;
constexpr int64_t kRepairedLatelyNs = 60'000'000'000;

int64_t steady_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Error refuse(const std::string& path, const std::string& reason) {
    return fail(AURELIS_E_CONFIG,
                "'path': " + path + " is not touched: " + reason + "; change 'path' or move that file away");
}

}  // namespace

int64_t new_version() {
    thread_local std::mt19937_64 chance = [] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }();
    return static_cast<int64_t>(chance() >> 1) | 1;
}

Keeper::Keeper(const Settings& settings, const plugin::Host& host, Recency& recency, Counters& counters,
               Telling& telling)
    : settings_(settings), host_(host), recency_(recency), counters_(counters), telling_(telling) {}

Keeper::~Keeper() = default;

Result<void> Keeper::start(const Patience& patience) {
    AURELIS_TRY(place, prepare_place(settings_.path));
    path_ = place.path;
    AURELIS_TRY(lock, PlaceLock::take(place, patience));
    auto opened = open_place(place, lock, nullptr, nullptr, patience);
    if (!opened && opened.error().status == AURELIS_E_CONFIG) lock.leave_no_trace(place);
    if (!opened) return opened.error();
    std::scoped_lock held(mutex_);
    current_ = std::move(opened).value();
    running_ = true;
    looked_ns_ = steady_ns();
    return {};
}

void Keeper::stop() noexcept {
    std::scoped_lock lock(mutex_);
    running_ = false;
    current_ = nullptr;
}

Result<Keeper::Shared> Keeper::current(const Patience& patience, bool for_writing) {
    Shared known;
    {
        std::scoped_lock lock(mutex_);
        if (!running_)
            return fail(AURELIS_E_CLOSED, settings_.path + ": the store is closed; start it first");
        const int64_t now = steady_ns();
        known = current_;
        if (known != nullptr && !for_writing && now - looked_ns_ < kLookIntervalNs) return known;
        looked_ns_ = now;
    }
    if (known != nullptr && identity_of(path_) == known->identity()) return known;
    return reopen(known, nullptr, patience);
}

Result<void> Keeper::recover(const Shared& bad, const Error& why, const Patience& patience) {
    AURELIS_TRY_VOID(reopen(bad, &why, patience));
    return {};
}

Result<Keeper::Shared> Keeper::reopen(const Shared& known, const Error* damage, const Patience& patience) {
    if (!opening_.enter(patience.left_ns()))
        return fail(AURELIS_E_TIMEOUT, path_ + ": it is being reopened; allow more time");
    struct Leave {
        Gate& gate;
        ~Leave() { gate.leave(); }
    } leave{opening_};
    {
        std::scoped_lock lock(mutex_);
        if (!running_) return fail(AURELIS_E_CLOSED, path_ + ": the store is closed; start it first");
        if (current_ != nullptr && current_ != known) return current_;
    }
    if (failure_ && steady_ns() - failed_ns_ < kRetryIntervalNs) return *failure_;
    auto opened = [&]() -> Result<Shared> {
        // The folder may be gone as well.
        AURELIS_TRY(place, prepare_place(path_));
        if (place.path != path_)
            return fail(AURELIS_E_CONFIG, "'path': " + path_ + " became a link to " + place.path +
                                              "; restart to follow it, or move the link away");
        AURELIS_TRY(lock, PlaceLock::take(place, patience));
        auto done = open_place(place, lock, known, damage, patience);
        if (!done && done.error().status == AURELIS_E_CONFIG) lock.leave_no_trace(place);
        return done;
    }();
    failure_.reset();
    if (!opened) {
        failure_ = opened.error();
        failed_ns_ = steady_ns();
    }
    std::scoped_lock lock(mutex_);
    current_ = opened ? opened.value() : nullptr;
    return opened;
}

// Under the place's lock.
Result<Keeper::Shared> Keeper::open_place(const TrustedPlace& place, const PlaceLock& lock, const Shared& known,
                                          const Error* damage, const Patience& patience) {
    bool replaced = known != nullptr || damage != nullptr;
    const auto before = known != nullptr ? std::optional(known->identity()) : std::nullopt;
    if (damage != nullptr && known != nullptr && identity_of(path_) == before)
        AURELIS_TRY_VOID(mend(place, lock, known, damage->message, patience));
    if (replaced && identity_of(path_) != before) {
        recency_.clear();
        ++counters_.reopened;
    }
    for (int attempt = 0;; ++attempt) {
        AURELIS_TRY(made, make_file(place, lock));
        const int64_t base = replaced ? new_version() : 0;
        auto opened = open_file(lock.marks(place), patience, base);
        if (opened) {
            lock.mark(place);
            make_private(place);
        }
        if (opened && made && aside_ != nullptr) AURELIS_TRY_VOID(begin_salvage(opened.value(), base, patience));
        if (opened || opened.error().status != AURELIS_E_CORRUPT || attempt == 2) return opened;
        AURELIS_TRY_VOID(mend(place, lock, nullptr, opened.error().message, patience));
        replaced = true;
    }
}

Result<bool> Keeper::make_file(const TrustedPlace& place, const PlaceLock& lock) {
    const bool is_missing = !identity_of(place.path).has_value();
    const bool is_empty = is_empty_file(place);
    if (is_missing || is_empty) {
        if (settings_.is_origin && lock.has_mark())
            return fail(AURELIS_E_UNAVAILABLE,
                        place.path + ": the origin's file was deleted or emptied; put it back, or delete " +
                            place.path + ".lock to begin with an empty one");
        // A log without its file is useless, and a new file that used it would be damaged. But the content of another
        // program's empty file may still be in its log.
        if (has_filled_companions(place) && !lock.has_mark())
            return refuse(place.path, "there is a log beside it that belongs to another database");
        if (is_empty && has_companions(place)) drop_file(place);
    }
    AURELIS_TRY(made, ensure_private_file(place));
    if (made) drop_companions(place);
    return made;
}

// E_CORRUPT: ours, but damaged or no longer usable. E_CONFIG: not ours.
Result<Keeper::Shared> Keeper::open_file(bool is_marked, const Patience& patience, int64_t base) {
    using Verdict = Judgement::Verdict;
    AURELIS_TRY(database, Database::open(path_, patience));
    AURELIS_TRY(judgement, judge(*database, is_marked));
    if (judgement.verdict == Verdict::Foreign || judgement.verdict == Verdict::Newer)
        return refuse(path_, judgement.reason);
    if (judgement.verdict == Verdict::Outdated) return fail(AURELIS_E_CORRUPT, path_ + ": " + judgement.reason);
    if (judgement.verdict == Verdict::Fresh) AURELIS_TRY_VOID(create_schema(*database, base));
    if (judgement.verdict == Verdict::Older) AURELIS_TRY_VOID(migrate(*database));
    AURELIS_TRY_VOID(tune(*database, settings_));
    AURELIS_TRY_VOID(look_over(*database, kLookOverNs));
    AURELIS_TRY(marks, read_marks(*database));
    const auto identity = identity_of(path_);
    if (!identity)
        return fail(AURELIS_E_UNAVAILABLE, path_ + ": deleted while it was opened; leave it in place");
    auto connections =
        std::make_shared<Connections>(settings_, *identity, std::move(database), marks, host_, counters_);
    AURELIS_TRY_VOID(connections->take_stock(recency_));
    connections->figures().reserve = keep_reserve(path_, settings_.reserve_bytes());
    if (identity == repaired_) connections->indices_count_as_new_until(repaired_ns_ + kRepairedLatelyNs);
    return connections;
}

Result<void> Keeper::mend(const TrustedPlace& place, const PlaceLock& lock, const Shared& known,
                          const std::string& reason, const Patience& patience) {
    AURELIS_TRY(repaired, repair(lock.marks(place), patience));
    if (!repaired) return set_aside(place, lock, known, reason, patience);
    ++counters_.repaired;
    host_.log(AURELIS_LOG_WARN, "rebuilt the indices of " + path_ + ": " + reason);
    return {};
}

// True: the file's indices are new, and all of its pages are sound. False: it cannot be repaired in place, or was
// repaired recently and is damaged again.
Result<bool> Keeper::repair(bool is_marked, const Patience& patience) {
    const auto identity = identity_of(path_);
    if (identity && identity == repaired_ && steady_ns() - repaired_ns_ < kRepairedLatelyNs) return false;
    const auto done = [&]() -> Result<void> {
        AURELIS_TRY(database, Database::open(path_, patience));
        AURELIS_TRY(judgement, judge(*database, is_marked));
        if (judgement.verdict != Judgement::Verdict::Ours) return fail(AURELIS_E_CORRUPT, judgement.reason);
        AURELIS_TRY_VOID(tune(*database, settings_));
        return make_indices_anew(*database, kRepairNs);
    }();
    if (done) repaired_ = identity, repaired_ns_ = steady_ns();
    if (done) return true;
    // Damage can look like a full disk, too.
    if (done.error().status == AURELIS_E_CORRUPT || done.error().status == AURELIS_E_FULL) return false;
    // Too slow for this call: the file is salvaged in the background. A file that cannot be reached is left alone.
    if (done.error().status == AURELIS_E_TIMEOUT && !patience.over()) return false;
    return done.error();
}

// Only a file of ours; and not an origin's, whose content is nowhere else. No process commits to the file once it has
// been renamed under the lock of its log, since the next holder of the lock checks the path again. So what is salvaged
// is the last acknowledged state.
Result<void> Keeper::set_aside(const TrustedPlace& place, const PlaceLock& lock, const Shared& known,
                               const std::string& reason, const Patience& patience) {
    using Verdict = Judgement::Verdict;
    const bool is_marked = lock.marks(place);
    AURELIS_TRY(bad, Database::open(path_, patience));
    const auto readable = judge(*bad, is_marked);
    const Judgement judgement = readable ? readable.value() : judge_remains(*bad, is_marked);
    if (judgement.verdict == Verdict::Foreign || judgement.verdict == Verdict::Newer)
        return refuse(path_, judgement.reason);
    if (settings_.is_origin)
        return fail(AURELIS_E_UNAVAILABLE, path_ + ": the origin's file is damaged and not replaced by an empty one (" +
                                               reason + "); put a copy back, or save what sqlite3 .recover gives");
    bool whole = known != nullptr || Pages::has_our_marks(*bad);
    if (whole) {
        const auto locked = bad->execute("BEGIN IMMEDIATE");
        whole = locked || locked.error().status == AURELIS_E_CORRUPT;
    }
    AURELIS_TRY(name, move_aside(place));
    if (whole && bad->in_transaction()) static_cast<void>(bad->execute("ROLLBACK"));
    aside_.reset();
    if (whole)
        if (auto pages = Pages::open(std::move(bad), name + "-wal")) aside_ = std::move(pages).value();
    aside_marks_ = known != nullptr ? std::optional(known->marks()) : std::nullopt;
    std::scoped_lock held(salvage_mutex_);
    tell_of_salvage("was cut short: the file was set aside, too");
    aside_name_ = name;
    ++counters_.set_aside;
    host_.log(AURELIS_LOG_WARN, "set aside as " + name + " and continuing with a fresh file: " + reason);
    return {};
}

Result<void> Keeper::begin_salvage(const Shared& connections, int64_t base, const Patience& patience) {
    {
        AURELIS_TRY(turn, WriteTurn::take(connections, patience));
        Batch batch(turn, settings_, recency_, counters_, telling_);
        AURELIS_TRY_VOID(batch.begin(false));
        AURELIS_TRY_VOID(batch.begin_salvage());
        AURELIS_TRY_VOID(batch.commit());
        std::scoped_lock lock(salvage_mutex_);
        salvage_ = std::make_unique<Salvage>(std::move(aside_), aside_marks_, base);
        salvage_into_ = connections->identity();
    }
    const int64_t until = steady_ns() + std::min(kSalvageAtOnceNs, patience.left_ns() / 2);
    for (bool more = true; more && steady_ns() < until;) {
        const auto done = salvage_piece(connections, patience);
        more = done && done.value();
    }
    return {};
}

Result<bool> Keeper::salvage_piece(const Shared& connections, const Patience& patience) {
    std::scoped_lock lock(salvage_mutex_);
    if (salvage_ == nullptr) return false;
    if (salvage_into_ != connections->identity()) {
        tell_of_salvage("was cut short: the file was replaced");
        return false;
    }
    const auto done = [&]() -> Result<bool> {
        AURELIS_TRY(turn, WriteTurn::take(connections, patience));
        Batch batch(turn, settings_, recency_, counters_, telling_);
        AURELIS_TRY_VOID(batch.begin(false));
        AURELIS_TRY(more, salvage_->step(batch, host_.now_wall()));
        AURELIS_TRY_VOID(batch.commit());
        return more;
    }();
    if (!done && done.error().status == AURELIS_E_TIMEOUT) return salvage_->rewind(), done;
    if (!done)
        tell_of_salvage(("was cut short: " + done.error().message).c_str());
    else if (!done.value())
        tell_of_salvage(salvage_->cut_short() ? "was cut short: no room, or entries were removed by condition"
                                              : "is done");
    return done;
}

void Keeper::end_salvage(const Shared& connections, const Patience& patience, int64_t at_most_ns) {
    const int64_t until = steady_ns() + at_most_ns;
    for (bool more = true; more && steady_ns() < until;) {
        const auto done = salvage_piece(connections, patience);
        more = done && done.value();
    }
    std::scoped_lock lock(salvage_mutex_);
    tell_of_salvage("was cut short: the store was closed");
}

// Under salvage_mutex_. Ends the salvage under way.
void Keeper::tell_of_salvage(const char* how) {
    if (salvage_ == nullptr) return;
    counters_.salvaged += salvage_->restored();
    counters_.salvage_lost += salvage_->lost();
    host_.log(AURELIS_LOG_WARN, "salvaged " + std::to_string(salvage_->restored()) + " entries from " + aside_name_ +
                                    ", " + std::to_string(salvage_->lost()) + " could not be read; the work " + how);
    salvage_.reset();
}

}  // namespace aurelis::sqlite_disk
