// Settings: reading the options, and how max_bytes is divided between pages, log and the largest entry.
#include "settings.hpp"

#include <algorithm>

namespace aurelis::sqlite_disk {

namespace {

constexpr uint64_t kWalBytesMax = 8u << 20;
constexpr uint64_t kLogBytesMax = 4u << 20;
constexpr uint64_t kEntryBytesMax = 999'990'000;  // SQLite's limit for one row is 10^9 bytes.
constexpr uint64_t kMaxBytesLeast = 512u << 10;

}  // namespace

Result<Settings> Settings::read(const plugin::Options& options) {
    Settings settings;
    settings.path = options.text("path").value_or("");
    if (settings.path.empty()) return options.reject("path", "is missing; name the file of the database");
    if (settings.path.find('\0') != std::string::npos)
        return options.reject("path", "holds a NUL byte; remove it");
    // SQLite's name for a database in memory; here it would be a file of that name.
    if (settings.path == ":memory:" || settings.path.ends_with("/:memory:"))
        return options.reject("path",
                              "is ':memory:', but this backend keeps a file; name one, or use 'backend: memory'");
    settings.max_bytes = options.size_bytes("max_bytes").value_or(uint64_t{1} << 30);
    if (settings.max_bytes < kMaxBytesLeast)
        return options.reject("max_bytes", "is below 512KiB; give it more room");
    const int64_t entries = options.integer("max_entries").value_or(0);
    if (entries < 0) return options.reject("max_entries", "is negative; use 0 for no bound");
    settings.max_entries = static_cast<uint64_t>(entries);
    const std::string durability = options.text("durability").value_or("process");
    if (durability != "process" && durability != "power")
        return options.reject("durability", "is neither 'process' nor 'power'; choose one");
    settings.power_safe = durability == "power";
    settings.busy_timeout_ns = options.duration_ns("busy_timeout").value_or(2'000'000'000);
    settings.purge_interval_ns =
        std::max<int64_t>(options.duration_ns("purge_interval").value_or(10'000'000'000), 1);
    settings.readers =
        static_cast<size_t>(std::clamp<int64_t>(options.integer("readers").value_or(8), 1, 256));
    settings.mmap_bytes = options.size_bytes("mmap_size").value_or(0);
    settings.watches = options.boolean("watch").value_or(true);
    settings.watch_interval_ns =
        std::clamp<int64_t>(options.duration_ns("watch_interval").value_or(50'000'000), 5'000'000, 10'000'000'000);
    return settings;
}

uint64_t Settings::wal_bytes() const noexcept { return std::min(max_bytes / 4, kWalBytesMax); }

uint64_t Settings::log_bytes() const noexcept { return std::min(page_bytes() / 16, kLogBytesMax); }

uint64_t Settings::entry_bytes() const noexcept { return std::min(page_bytes() / 2, kEntryBytesMax); }

}  // namespace aurelis::sqlite_disk
