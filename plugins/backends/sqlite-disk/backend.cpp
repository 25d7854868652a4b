// SqliteDiskBackend: start and stop, and reading.
#include "backend.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace aurelis::sqlite_disk {

namespace {

constexpr int64_t kUpkeepDelayNs = 1'000'000'000;
constexpr size_t kRecencyPiecesAtStop = 16;
constexpr int64_t kSalvageAtStopNs = 1'000'000'000;

void release_all(std::vector<aurelis_entry>& entries) noexcept {
    for (aurelis_entry& entry : entries) aurelis_buf_release(&entry.value);
}

}  // namespace

Result<std::unique_ptr<SqliteDiskBackend>> SqliteDiskBackend::create(const plugin::Setup& setup) {
    AURELIS_TRY(settings, Settings::read(setup.options));
    settings.is_origin = setup.host.is_origin();
    return std::make_unique<SqliteDiskBackend>(setup.host, std::move(settings));
}

Patience SqliteDiskBackend::patience_of(const aurelis_call* call) const noexcept {
    return Patience{host_.raw(), call != nullptr ? call->deadline_mono : 0, settings_.busy_timeout_ns};
}

aurelis_status SqliteDiskBackend::refuse(aurelis_call* call, const Error& why) {
    if (why.status == AURELIS_E_TIMEOUT) ++counters_.busy_timeouts;
    return plugin::report(call, why);
}

aurelis_status SqliteDiskBackend::start(aurelis_call* call) {
    const auto started = keeper_.start(patience_of(call));
    if (!started) return refuse(call, started.error());
    const auto watching = start_watching();
    if (!watching) {
        keeper_.stop();
        return refuse(call, watching.error());
    }
    const aurelis_status status = task_.start(
        host_, [this] { return upkeep(); }, std::min(settings_.purge_interval_ns, kUpkeepDelayNs));
    if (status == AURELIS_OK) return status;
    stop_watching();
    keeper_.stop();
    return plugin::report(call, status, "the core accepts no tasks; start it before its layers");
}

void SqliteDiskBackend::stop() {
    stop_watching();
    task_.cancel();
    const Patience patience = patience_of(nullptr);
    if (auto connections = keeper_.current(patience, true); connections) {
        static_cast<void>(write_recency(*connections, patience, kRecencyPiecesAtStop));
        keeper_.end_salvage(*connections, patience, kSalvageAtStopNs);
    }
    keeper_.stop();
}

// On a miss sets the version of the absent key, the only member that a miss may set.
Result<aurelis_status> SqliteDiskBackend::look_up(Database& database, const Marks& marks,
                                                  const aurelis_call* call, const aurelis_key& key,
                                                  aurelis_entry* out) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    const uint32_t flags = call != nullptr ? call->flags : 0;
    {
        Run run(database, Query::Get);
        AURELIS_TRY(row, run.bind(1, view(key)).bind(2, marks.slot_of(view(key))).step());
        if (row && (run.null(0) || run.bytes(9) != view(key)))
            return disagreement(database, "it leads to the row of another key, or to none");
        const bool newest = row && marks.believes(run.number(4), !run.null(10), run.number(10));
        if (row && !newest) ++counters_.doubted;
        if (newest) {
            const aurelis_meta meta{run.number(1),
                                    run.number(2),
                                    run.number(3),
                                    static_cast<uint64_t>(run.number(4)),
                                    static_cast<uint32_t>(run.number(5)),
                                    static_cast<uint32_t>(run.number(6))};
            const bool expired = meta.expires_wall != 0 && meta.expires_wall <= now;
            if (expired && (flags & AURELIS_CALL_EXPIRED_TOO) == 0) {
                out->meta.version = meta.version;
                return aurelis_status{AURELIS_NOT_FOUND};
            }
            aurelis_bytes attrs{};
            AURELIS_TRY(value, copy_entry(host_, run, 7, 8, &attrs));
            *out = aurelis_entry{};
            out->value = value.give();
            out->meta = meta;
            out->attrs = attrs;
            if ((flags & AURELIS_CALL_PEEK) == 0 && !expired)
                recency_.note(run.number(0), recency_.tick(now));
            return aurelis_status{AURELIS_OK};
        }
    }
    Run run(database, Query::SlotVersion);
    AURELIS_TRY(row, run.bind(1, slot_of(view(key))).step());
    out->meta.version = row ? static_cast<uint64_t>(run.number(0)) : 0;
    return aurelis_status{AURELIS_NOT_FOUND};
}

aurelis_status SqliteDiskBackend::get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
    const aurelis_status status = attempt(
        call, false, [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
            AURELIS_TRY(turn, ReadTurn::take(connections, patience));
            return look_up(turn.database(), connections->marks(), call, key, out);
        });
    if (status >= 0 && (call == nullptr || (call->flags & AURELIS_CALL_PEEK) == 0))
        ++(status == AURELIS_OK ? counters_.hits : counters_.misses);
    return status;
}

// One read transaction: the lock on the log is taken once for all.
aurelis_status SqliteDiskBackend::multi_get(aurelis_call* call, const aurelis_key* keys, size_t count,
                                            aurelis_entry* out) {
    std::vector<aurelis_entry> found;
    const aurelis_status status = attempt(
        call, false, [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
            AURELIS_TRY(turn, ReadTurn::take(connections, patience));
            Database& database = turn.database();
            struct Ends {
                Database& open;
                ~Ends() {
                    if (open.in_transaction()) static_cast<void>(Run(open, Query::Rollback).finish());
                }
            } ends{database};
            release_all(found);
            found.assign(count, aurelis_entry{});
            AURELIS_TRY_VOID(Run(database, Query::BeginRead).finish());
            for (size_t i = 0; i < count; ++i) {
                AURELIS_TRY(each, look_up(database, connections->marks(), call, keys[i], &found[i]));
                found[i].status = each;
            }
            return aurelis_status{AURELIS_OK};
        });
    if (status != AURELIS_OK) {
        release_all(found);
        return status;
    }
    const bool counts = call == nullptr || (call->flags & AURELIS_CALL_PEEK) == 0;
    for (size_t i = 0; i < count; ++i) {
        out[i] = found[i];
        if (counts) ++(out[i].status == AURELIS_OK ? counters_.hits : counters_.misses);
    }
    return status;
}

aurelis_status SqliteDiskBackend::size(aurelis_call* call, aurelis_size& out) {
    const auto connections = keeper_.current(patience_of(call), false);
    if (!connections) return refuse(call, connections.error());
    out = aurelis_size{sizeof(aurelis_size),
                       0,
                       static_cast<uint64_t>(connections.value()->figures().entries.load()),
                       file_bytes(keeper_.path()),
                       settings_.max_entries == 0 ? UINT64_MAX : settings_.max_entries,
                       settings_.max_bytes};
    return AURELIS_OK;
}

}  // namespace aurelis::sqlite_disk
