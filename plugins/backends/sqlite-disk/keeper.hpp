// Keeper: ensures that there is an open, sound file at the configured path. A damaged file of ours is set aside and
// replaced by a fresh one, except for an origin, which holds the originals; a file that is not ours is refused and left
// alone; if a file was deleted or replaced by somebody, this is noticed and the file is reopened. Of several processes
// the one that holds the place's lock acts; the others see a different file there and follow.
#pragma once

#include "connections.hpp"
#include "recency.hpp"

#include <aurelis/plugin/host.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace aurelis::sqlite_disk {

// Events during the life of the instance.
struct Counters {
    std::atomic<uint64_t> hits{0}, misses{0}, evictions{0}, expirations{0};
    std::atomic<uint64_t> set_aside{0}, reopened{0}, busy_timeouts{0};
    std::atomic<uint64_t> repaired{0}, doubted{0}, salvaged{0}, salvage_lost{0};
    std::atomic<uint64_t> wal_blocked{0}, wal_refusals{0};
};

// A version that no other write has: 63 random bits, never 0.
int64_t new_version();

class Pages;
class Salvage;
struct Telling;

class Keeper {
public:
    using Shared = std::shared_ptr<Connections>;

    Keeper(const Settings& settings, const plugin::Host& host, Recency& recency, Counters& counters, Telling& telling);
    ~Keeper();

    Result<void> start(const Patience& patience);
    void stop() noexcept;

    // The file that is at the path now. The path is checked for every write, for reads at most twice a second.
    Result<Shared> current(const Patience& patience, bool for_writing);
    // After an E_CORRUPT from `bad`: sets its file aside, unless a different one is there already, and opens the file
    // to go on with.
    Result<void> recover(const Shared& bad, const Error& why, const Patience& patience);

    // Copies the next rows of a file that was set aside, if there are any left; true while there may be more.
    Result<bool> salvage_piece(const Shared& connections, const Patience& patience);
    // Salvages as much as is possible in that time; what is left is logged.
    void end_salvage(const Shared& connections, const Patience& patience, int64_t at_most_ns);

    const std::string& path() const noexcept { return path_; }

private:
    Result<Shared> reopen(const Shared& known, const Error* damage, const Patience& patience);
    Result<Shared> open_place(const TrustedPlace& place, const PlaceLock& lock, const Shared& known,
                              const Error* damage, const Patience& patience);
    Result<Shared> open_file(bool is_marked, const Patience& patience, int64_t base);
    // True: it was missing or empty.
    Result<bool> make_file(const TrustedPlace& place, const PlaceLock& lock);
    // The bad file at the path: repaired in place, or set aside.
    Result<void> mend(const TrustedPlace& place, const PlaceLock& lock, const Shared& known, const std::string& reason,
                      const Patience& patience);
    Result<bool> repair(bool is_marked, const Patience& patience);
    Result<void> set_aside(const TrustedPlace& place, const PlaceLock& lock, const Shared& known,
                           const std::string& reason, const Patience& patience);
    Result<void> begin_salvage(const Shared& connections, int64_t base, const Patience& patience);
    void tell_of_salvage(const char* how);

    const Settings& settings_;
    const plugin::Host& host_;
    Recency& recency_;
    Counters& counters_;
    Telling& telling_;
    std::string path_;  // Links resolved; constant after start.
    Gate opening_;      // Entered before mutex_.
    std::mutex mutex_;
    Shared current_;                // Guarded by mutex_.
    bool running_ = false;          // Guarded by mutex_.
    int64_t looked_ns_ = 0;         // Guarded by mutex_.
    std::optional<Error> failure_;  // Guarded by opening_: why the last attempt to open failed,
    int64_t failed_ns_ = 0;         // and when.
    std::optional<FileIdentity> repaired_;  // Guarded by opening_: the file whose indices were last rebuilt,
    int64_t repaired_ns_ = 0;               // and when.
    // What was set aside just now. Guarded by opening_; before start has ended, no other thread exists.
    std::unique_ptr<Pages> aside_;
    std::optional<Marks> aside_marks_;
    std::mutex salvage_mutex_;
    std::unique_ptr<Salvage> salvage_;          // Guarded by salvage_mutex_, like the two below.
    std::optional<FileIdentity> salvage_into_;  // The file that it fills.
    std::string aside_name_;
};

}  // namespace aurelis::sqlite_disk
