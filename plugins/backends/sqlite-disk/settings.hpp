// Settings: the options of sqlite-disk in YAML, and their values as plain members. Leaves to others: checking
// types and ranges (the core does, from the declarations here).
#pragma once

#include <aurelis/plugin/store.hpp>

#include <array>
#include <string>

namespace aurelis::sqlite_disk {

using plugin::Option;

struct Settings {
    std::string path;
    uint64_t max_bytes = 0;
    uint64_t max_entries = 0;  // 0: bounded only by max_bytes.
    uint64_t mmap_bytes = 0;
    int64_t busy_timeout_ns = 0;
    int64_t purge_interval_ns = 0;
    size_t readers = 0;
    bool power_safe = false;
    bool watches = true;
    int64_t watch_interval_ns = 0;
    bool is_origin = false;  // The file holds the originals: it is never replaced by a fresh one.

    static Result<Settings> read(const plugin::Options& options);

    // The WAL counts against max_bytes: at half of this size it is copied into the database, at this size it is
    // restarted.
    uint64_t wal_bytes() const noexcept;
    // In addition to max_bytes: what the database may grow by when the whole log is copied into it, and a little more.
    uint64_t reserve_bytes() const noexcept { return wal_bytes() / 2 + (128u << 10); }
    // What the pages of the database itself may take.
    uint64_t page_bytes() const noexcept { return max_bytes - wal_bytes(); }
    // What the log of changes may take of them.
    uint64_t log_bytes() const noexcept;
    // The largest size of key, attributes and value together.
    uint64_t entry_bytes() const noexcept;
};

inline constexpr auto kPath =
    Option(AURELIS_OPT_PATH, "path",
           "File of the database; missing folders are made, readable by this user only.")
        .required()
        .data();
inline constexpr auto kMaxBytes =
    Option(AURELIS_OPT_BYTES, "max_bytes",
           "Room for the file and its write-ahead log; the least recently used go first.")
        .or_else("1GiB")
        .at_least("512KiB");
inline constexpr auto kMaxEntries =
    Option(AURELIS_OPT_INT, "max_entries", "The most entries it holds; 0 leaves the bound to max_bytes.")
        .or_else("0")
        .at_least("0");
inline constexpr auto kDurability =
    Option(
        AURELIS_OPT_STRING, "durability",
        "What an acknowledged write survives: the end of the process, or a power cut (one fsync per write).")
        .or_else("process")
        .one_of("process|power");
inline constexpr auto kBusyTimeout = Option(AURELIS_OPT_DURATION, "busy_timeout",
                                            "How long to wait for another process's lock or a free reader.")
                                         .or_else("2s")
                                         .at_least("1ms");
inline constexpr auto kPurgeInterval =
    Option(AURELIS_OPT_DURATION, "purge_interval", "How often expired entries are deleted, in small pieces.")
        .or_else("10s")
        .at_least("10ms");
inline constexpr auto kReaders =
    Option(AURELIS_OPT_INT, "readers", "Connections for reading; more threads than that wait for one.")
        .or_else("8")
        .at_least("1")
        .at_most("256");
inline constexpr auto kMmapSize = Option(AURELIS_OPT_BYTES, "mmap_size",
                                         "Bytes of the file to map; 0 reads by system calls, which a foreign "
                                         "truncation cannot turn into SIGBUS.")
                                      .or_else("0");

inline constexpr auto kWatch =
    Option(AURELIS_OPT_BOOL, "watch",
           "Tells the layers above what other processes change in the file, so that they drop their copies.")
        .or_else("true");
inline constexpr auto kWatchInterval =
    Option(AURELIS_OPT_DURATION, "watch_interval", "How often to check whether others have changed something.")
        .or_else("50ms")
        .at_least("5ms")
        .at_most("10s");

inline constexpr std::array<const aurelis_option*, 10> kSqliteDiskOptions{
    &kPath,    &kMaxBytes, &kMaxEntries, &kDurability,   &kBusyTimeout, &kPurgeInterval,
    &kReaders, &kMmapSize, &kWatch,      &kWatchInterval};

}  // namespace aurelis::sqlite_disk
