// SqliteDiskBackend: the store over one SQLite file, in the ABI's own terms. Reads go through a pool of
// readers, writes one after another through one writer, each in a transaction; a task of the core expires, evicts and
// shrinks in the background. The functions are in backend.cpp (start and stop, reads), writing.cpp, scanning.cpp,
// upkeep.cpp and watching.cpp.
#pragma once

#include "batch.hpp"
#include "keeper.hpp"
#include "recency.hpp"
#include "settings.hpp"
#include "walk.hpp"
#include "watcher.hpp"

#include <aurelis/plugin/store.hpp>

#include <memory>

namespace aurelis::sqlite_disk {

class SqliteDiskBackend {
public:
    static constexpr uint64_t kCaps = AURELIS_CAP_EXPIRY | AURELIS_CAP_META | AURELIS_CAP_CAS |
                                      AURELIS_CAP_LEASE | AURELIS_CAP_MULTI | AURELIS_CAP_ATOMIC |
                                      AURELIS_CAP_SCAN | AURELIS_CAP_PERSISTENT | AURELIS_CAP_SHARED;
    static constexpr const auto& kOptions = kSqliteDiskOptions;

    static Result<std::unique_ptr<SqliteDiskBackend>> create(const plugin::Setup& setup);
    SqliteDiskBackend(const plugin::Host& host, Settings settings)
        : host_(host),
          settings_(std::move(settings)),
          telling_(new_version()),
          keeper_(settings_, host_, recency_, counters_, telling_),
          watcher_(settings_, host_, keeper_, telling_) {}

    aurelis_status start(aurelis_call* call);
    void stop();
    const void* get_extension(const char* id) noexcept;
    // aurelis.watch/1.
    aurelis_status watch(uint32_t events, aurelis_bytes since, aurelis_watch_fn fn, void* user);
    aurelis_status position(aurelis_call* call, aurelis_buf* out);

    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out);
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t count, aurelis_entry* out);

    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                       uint64_t* version);
    aurelis_status remove(aurelis_call* call, const aurelis_key& key);
    aurelis_status touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall);
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes,
                               size_t count, aurelis_status* each, uint64_t* versions);
    aurelis_status remove_matching(aurelis_call* call, const aurelis_match& match, uint64_t* removed);
    aurelis_status flush(aurelis_call* call);

    aurelis_status scan(aurelis_call* call, aurelis_scan& page, aurelis_visit_fn visit, void* user);
    aurelis_status size(aurelis_call* call, aurelis_size& out);
    aurelis_status stats(aurelis_call* call, aurelis_stat_fn tell, void* user);

private:
    using Shared = Keeper::Shared;

    // Runs work(connections, patience), which returns a Result<aurelis_status>; if the file proves damaged, sets it
    // aside and runs work once more on the fresh one.
    template <typename Work>
    aurelis_status attempt(aurelis_call* call, bool for_writing, Work&& work);
    // The same for work(batch) inside one transaction.
    template <typename Work>
    aurelis_status in_batch(aurelis_call* call, bool power_safe, Work&& work);
    // Runs removals, which returns a status; if the disk is full, makes room for what they write and runs them again.
    template <typename Removals>
    aurelis_status remove_in_any_room(aurelis_call* call, Removals&& removals);
    void make_room_in_log(aurelis_call* call, bool from_reserve);
    std::string too_large(size_t value_bytes) const;
    Patience patience_of(const aurelis_call* call) const noexcept;
    aurelis_status refuse(aurelis_call* call, const Error& why);

    Result<aurelis_status> look_up(Database& database, const Marks& marks, const aurelis_call* call,
                                   const aurelis_key& key, aurelis_entry* out);
    Result<bool> remove_piece(const Shared& connections, const Patience& patience, Walk& walk,
                              uint64_t& removed);

    Result<void> start_watching();
    void stop_watching();

    int64_t upkeep();
    Result<bool> upkeep_piece(const Shared& connections, const Patience& patience);
    Result<void> write_recency(const Shared& connections, const Patience& patience, size_t pieces);
    Result<void> check_count(WriteTurn& turn);
    Result<void> age_log(WriteTurn& turn);
    Result<bool> shrink(WriteTurn& turn);

    const plugin::Host host_;
    const Settings settings_;
    Counters counters_;
    Recency recency_;
    Telling telling_;
    Keeper keeper_;
    Watcher watcher_;
    int64_t purged_mono_ = 0;   // Used only by upkeep.
    int64_t recency_mono_ = 0;  // Used only by upkeep.
    int64_t looked_mono_ = 0;   // Used only by upkeep.
    bool purging_ = false;      // Used only by upkeep.
    plugin::Task task_;         // Last member: it is destroyed first.
};

}  // namespace aurelis::sqlite_disk

#include "backend_attempt.hpp"
