// A backend on disk in the ABI's own form (plugin/store.hpp): options with types, expiry, removal by condition, a scan
// that resumes, statistics, deadlines. The index of keys is in memory and is read from the files at the start; values
// are read on demand. Leaves to others: the files (files.hpp); times, tags and checksums of values (the core's frame).
#include "files.hpp"

#include <aurelis/plugin/export.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace drawer {

namespace {

using namespace aurelis::plugin;
using aurelis::view;

class Drawer {
public:
    static constexpr uint64_t kCaps = AURELIS_CAP_EXPIRY | AURELIS_CAP_SCAN | AURELIS_CAP_PERSISTENT;

    static constexpr auto kPath =
        PathOption("path", "Folder of the entries; created if it is missing.").required().data();
    static constexpr auto kMaxBytes =
        SizeOption("max_bytes", "At most this many bytes of keys and values; the oldest entries go first.")
            .or_else("1GiB")
            .at_least("1MiB");
    static constexpr auto kPurgeInterval =
        DurationOption("purge_interval", "How often the space of expired entries is freed.")
            .or_else("1m")
            .at_least("1s");
    static constexpr std::array<const aurelis_option*, 3> kOptions{&kPath, &kMaxBytes, &kPurgeInterval};

    explicit Drawer(const Setup& setup)
        : host_(setup.host), path_(setup.options[kPath]), max_bytes_(setup.options[kMaxBytes]),
          purge_interval_ns_(setup.options[kPurgeInterval]) {}
    static aurelis::Result<std::unique_ptr<Drawer>> create(const Setup& setup) {
        return std::make_unique<Drawer>(setup);
    }

    aurelis_status start(aurelis_call* call) {
        auto opened = Files::open(path_);
        if (!opened) return report(call, opened.error());
        files_.emplace(std::move(opened).value());
        std::scoped_lock lock(mutex_);
        files_->each([this](const Record& record) {
            put(record.key, record.expires_wall, record.key.size() + record.value.size());
        });
        return purging_.start(host_, [this] { return purge(); }, purge_interval_ns_);
    }
    void stop() {
        purging_.cancel();
        files_.reset();
    }

    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
        if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
        if (!is_held(view(key), aurelis_call_wall(call, host_.raw()))) return ++misses_, AURELIS_NOT_FOUND;
        const std::optional<Record> record = files_->read(view(key));  // Removed meanwhile, or damaged: a miss.
        if (!record) return ++misses_, AURELIS_NOT_FOUND;
        aurelis::Pinned value = host_.copy(record->value);
        if (value.raw().ops == nullptr) return report(call, AURELIS_E_NOMEM, "out of memory");
        *out = aurelis_entry{};
        out->value = value.give();
        return ++hits_, AURELIS_OK;
    }

    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t* new_version) {
        constexpr uint32_t kConditions = AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT | AURELIS_SET_IF_VERSION;
        if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
        if ((write.flags & kConditions) != 0)
            return report(call, AURELIS_E_UNSUPPORTED, "drawer has no conditional writes");
        const uint64_t bytes = key.size + write.value.size;
        if (bytes > max_bytes_)
            return report(call, AURELIS_E_TOO_LARGE,
                          "drawer: an entry of " + std::to_string(bytes) + " bytes is above 'max_bytes'; raise it");
        const Record record{std::string(view(key)), std::string(view(write.value)), write.meta.expires_wall};
        const auto prepared = files_->prepare(record, (write.flags & AURELIS_SET_DURABLE) != 0, ++prepared_);
        if (!prepared) return report(call, prepared.error());
        std::scoped_lock lock(mutex_);
        if (const auto published = files_->publish(prepared.value(), record.key); !published) {
            files_->drop(prepared.value());
            return report(call, published.error());
        }
        put(record.key, record.expires_wall, bytes);
        for (; bytes_ > max_bytes_; ++evictions_) drop(by_age_.begin()->second);
        if (new_version != nullptr) *new_version = 0;
        return AURELIS_OK;
    }

    aurelis_status remove(aurelis_call* call, const aurelis_key& key) {
        if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
        const int64_t now = aurelis_call_wall(call, host_.raw());
        std::scoped_lock lock(mutex_);
        const auto found = items_.find(view(key));
        if (found == items_.end()) return AURELIS_NOT_FOUND;
        const bool lived = !found->second.is_over(now);
        drop(std::string(view(key)));
        return lived ? AURELIS_OK : AURELIS_NOT_FOUND;
    }

    aurelis_status touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall) {
        if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
        std::scoped_lock lock(mutex_);
        const auto found = items_.find(view(key));
        if (found == items_.end() || found->second.is_over(aurelis_call_wall(call, host_.raw())))
            return AURELIS_NOT_FOUND;
        if (const auto changed = files_->change_end(view(key), expires_wall); !changed)
            return report(call, changed.error());
        found->second.expires_wall = expires_wall;
        return AURELIS_OK;
    }

    // Piece by piece, so that no other call waits long for the lock; supports only conditions on keys.
    aurelis_status remove_matching(aurelis_call* call, const aurelis_match& given, uint64_t* removed) {
        const auto match = Match::read(&given);
        if (!match) return report(call, match.error());
        if (!match.value().needs_key_only())
            return report(call, AURELIS_E_UNSUPPORTED, "drawer finds by keys only");
        uint64_t count = 0;
        std::string after;
        for (bool more = true; more;) {
            if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
            const std::vector<std::string> keys = page(match.value(), after, kPage, INT64_MIN, more);
            std::scoped_lock lock(mutex_);
            for (const std::string& key : keys) count += drop(key);
        }
        if (removed != nullptr) *removed = count;
        return AURELIS_OK;
    }

    // The resume point is the last key that was shown: whatever is added or removed meanwhile, no key that stays is
    // missed.
    aurelis_status scan(aurelis_call* call, aurelis_scan& asked, aurelis_visit_fn visit, void* user) {
        if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
        const auto match = Match::read(asked.match);
        if (!match) return report(call, match.error());
        if (!match.value().needs_key_only())
            return report(call, AURELIS_E_UNSUPPORTED, "drawer finds by keys only");
        const size_t most = asked.page_hint == 0 ? kPage : std::min<uint64_t>(asked.page_hint, kPage);
        std::string last(view(asked.after));
        bool more = true;
        const int64_t now = aurelis_call_wall(call, host_.raw());
        const std::vector<std::string> keys = page(match.value(), last, most, now, more);
        for (const std::string& key : keys) {
            const bool goes_on = show(key, (asked.flags & AURELIS_SCAN_ENTRIES) != 0, visit, user);
            last = key;
            if (goes_on && !is_late(call)) continue;
            more = more || &key != &keys.back();
            break;
        }
        aurelis::Pinned next;
        if (more && !last.empty()) next = host_.copy(last);
        if (more && next.size() == 0) return report(call, AURELIS_E_NOMEM, "out of memory");
        asked.next = next.give();
        return AURELIS_OK;
    }

    aurelis_status size(aurelis_call*, aurelis_size& out) {
        std::scoped_lock lock(mutex_);
        out.entries = items_.size();
        out.bytes = bytes_;
        out.capacity_bytes = max_bytes_;
        return AURELIS_OK;
    }

    aurelis_status stats(aurelis_call*, aurelis_stat_fn tell, void* user) {
        const auto counter = [&](const char* name, const std::atomic<uint64_t>& value) {
            tell(user, name, AURELIS_METRIC_COUNTER, static_cast<double>(value.load()));
        };
        counter("hits", hits_);
        counter("misses", misses_);
        counter("evictions", evictions_);
        counter("expirations", expirations_);
        return AURELIS_OK;
    }

private:
    static constexpr size_t kPage = 256;
    struct Item {
        int64_t expires_wall = 0;
        uint64_t bytes = 0, age = 0;
        bool is_over(int64_t now) const noexcept { return expires_wall != 0 && expires_wall <= now; }
    };

    bool is_late(const aurelis_call* call) const noexcept {
        return call != nullptr && call->deadline_mono != 0 && host_.now_mono() >= call->deadline_mono;
    }
    // Checked before each piece of work on the files.
    aurelis_status refusal(aurelis_call* call) const {
        if (call != nullptr && (call->flags & AURELIS_CALL_NO_BLOCK) != 0)
            return report(call, AURELIS_E_BUSY, "drawer reads and writes files; ask without NO_BLOCK");
        if (is_late(call)) return report(call, AURELIS_E_TIMEOUT, "drawer: the deadline has passed; allow more time");
        return AURELIS_OK;
    }

    bool is_held(std::string_view key, int64_t now) {
        std::scoped_lock lock(mutex_);
        const auto found = items_.find(key);
        return found != items_.end() && !found->second.is_over(now);
    }
    // The next live keys that match; `after` becomes the last key that was checked, `more` says whether others follow.
    std::vector<std::string> page(const Match& match, std::string& after, size_t most, int64_t now, bool& more) {
        std::vector<std::string> keys;
        std::scoped_lock lock(mutex_);
        const std::string_view begin = match.literal_prefix();
        auto at = after < begin ? items_.lower_bound(begin) : items_.upper_bound(after);
        for (; at != items_.end() && keys.size() < most && at->first.starts_with(begin); ++at) {
            after = at->first;
            if (match.fits_key(at->first) && !at->second.is_over(now)) keys.push_back(at->first);
        }
        more = at != items_.end() && at->first.starts_with(begin);
        return keys;
    }
    bool show(const std::string& name, bool with_entry, aurelis_visit_fn visit, void* user) {
        const aurelis_key key{name.data(), name.size(), 0, nullptr};
        if (!with_entry) return visit(user, &key, nullptr) != 0;
        const std::optional<Record> record = files_->read(name);
        if (!record) return true;  // It was removed meanwhile.
        aurelis::Pinned value = host_.copy(record->value);
        if (value.raw().ops == nullptr) return false;
        aurelis_entry entry{};
        entry.value = value.raw();
        return visit(user, &key, &entry) != 0;
    }

    // Everything below is called with mutex_ held.
    void put(const std::string& key, int64_t expires_wall, uint64_t bytes) {
        forget(key);
        items_[key] = Item{expires_wall, bytes, ++last_age_};
        by_age_.emplace(last_age_, key);
        bytes_ += bytes;
    }
    bool forget(const std::string& key) {
        const auto found = items_.find(key);
        if (found == items_.end()) return false;
        bytes_ -= found->second.bytes;
        by_age_.erase(found->second.age);
        items_.erase(found);
        return true;
    }
    bool drop(const std::string key) {  // A copy: the argument may be part of what is erased.
        files_->remove(key);
        return forget(key);
    }

    // [task] A few at a time, then again at once if there are more, else at the next interval.
    int64_t purge() {
        const int64_t now = host_.now_wall();
        std::vector<std::string> over;
        std::scoped_lock lock(mutex_);
        for (const auto& [key, item] : items_) {
            if (item.is_over(now)) over.push_back(key);
            if (over.size() == kPage) break;
        }
        for (const std::string& key : over) drop(key);
        expirations_ += over.size();
        return over.size() == kPage ? 0 : purge_interval_ns_;
    }

    const Host host_;
    const std::string path_;
    const uint64_t max_bytes_;
    const int64_t purge_interval_ns_;
    std::optional<Files> files_;  // Between start and stop.
    std::atomic<uint64_t> hits_{0}, misses_{0}, evictions_{0}, expirations_{0}, prepared_{0};

    std::mutex mutex_;  // Guards everything below, and which file belongs to which key.
    std::map<std::string, Item, std::less<>> items_;
    std::map<uint64_t, std::string> by_age_;
    uint64_t last_age_ = 0, bytes_ = 0;
    Task purging_;  // Last member: it is destroyed before what it works on.
};

}  // namespace

}  // namespace drawer

AURELIS_PLUGIN("com.example.drawer", "1.0.0", "Entries in files.", aurelis::plugin::vendor("Example"),
               aurelis::plugin::license("MIT"), aurelis::plugin::url("https://example.com/drawer"),
               aurelis::plugin::backend<drawer::Drawer>("drawer", "One file per entry, bounded by bytes."));
