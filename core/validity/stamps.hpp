// Stamps: the invalidations that a cache knows. Each is a time of the stamp clock, and hides entries that were created
// before it: all, those of a category, those of one identifier of a category (with whatever params), or those with a
// tag. A ban is a stamp with further conditions: a pattern for the key, a size, a format. A hard stamp makes entries
// misses, a soft one makes them stale. Stamps only rise, so those of several processes are merged by taking the later
// one of each.
//
// A hit compares its time of creation with the newest stamp of any kind. Only older entries are looked up, and an entry
// that passed is remembered until the next invalidation, so that it pays for that once; what it costs to check bans,
// until the next ban.
//
// Names are kept as 64-bit hashes: two names with one hash hide each other's entries, which costs misses and never a
// wrong answer. They are divided into buckets by their hash, each with a text, in which they are kept outside of the
// process (coherence/stamp_keeper.hpp). At most kPerBucketMax are kept in each, and kBansMax bans altogether; the
// oldest then become wider ones: a ban the stamp of its category, or of everything, that of an identifier one of its
// category, any other one of everything.
// Leaves to others: taking stamps and keeping them (coherence), judging (beliefs). Threads: any.
#pragma once

#include "base/locks.hpp"
#include "validity/entry.hpp"

#include <array>
#include <atomic>
#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aurelis::core {

enum class StampKind : char { Everything = 'e', Category = 'c', Identifier = 'i', Tag = 't' };

struct Stamp {
    StampKind kind = StampKind::Everything;
    uint64_t name = 0;
    uint64_t category = 0;  // Of an identifier: the name of its category.
    int64_t hard = 0;       // Entries created before it are misses; 0: none.
    int64_t soft = 0;       // Entries created before it are stale.

    static Stamp of_everything() noexcept;
    // category and identifier as the default format of keys has them, the identifier as it is followed by params.
    static Stamp of_category(std::string_view category) noexcept;
    static Stamp of_identifier(std::string_view category, std::string_view identifier);
    static Stamp of_tag(std::string_view tag) noexcept;

    int64_t newest() const noexcept { return hard > soft ? hard : soft; }
};

// Whether a pattern matches a key, or the identity that is stored with the entry (empty: none).
using PatternMatch = std::function<bool(std::string_view key, std::string_view identity)>;

// Hides those entries of `of` that meet the conditions as well; of.hard and of.soft are its times.
struct Ban {
    Stamp of;
    uint64_t larger_than = 0;  // Bytes of the value; 0: any.
    uint8_t format_id = 0;     // Of a serializer that has encoded it; 0: any.
    std::string pattern;       // Empty: any key.
    PatternMatch matches;      // Empty: the pattern cannot be read, which matches any key.

    uint64_t id() const noexcept;
};

// What an entry is judged by.
struct Evidence {
    int64_t created = 0;
    aurelis_bytes attrs{};
    uint64_t bytes = 0;  // Of the value.
    // The format ids of the serializers that have encoded it. NULL data: a copy in a layer without any, which does not
    // tell, so that each may have.
    std::string_view formats{};
};

// What hides an entry.
struct Hiding {
    int64_t stamp = 0;  // 0: nothing.
    StampKind kind = StampKind::Everything;
    bool soft = false;
    bool ban = false;
    std::string_view tag{};  // Into the entry's attributes.
    // Of a ban.
    std::string pattern{};
    uint64_t larger_than = 0;
    uint8_t format_id = 0;
};

class Stamps {
public:
    static constexpr size_t kBuckets = 256;
    static constexpr size_t kPerBucketMax = 256;
    static constexpr size_t kBansMax = 4096;
    using Buckets = std::bitset<kBuckets>;

    using ReadPattern = std::function<PatternMatch(std::string_view text)>;
    // root: what the keys of the namespace begin with. read: for the patterns of bans that others have taken.
    explicit Stamps(std::string root, ReadPattern read = {}) : root_(std::move(root)), read_(std::move(read)) {}

    // Entries created at this time or later are not hidden.
    int64_t newest() const noexcept { return newest_.load(std::memory_order_acquire); }
    // The hard stamp of everything.
    int64_t everything() const noexcept { return everything_.load(std::memory_order_acquire); }
    // Before a store is asked for the key: what has_passed() will read is fetched meanwhile.
    void expect(const aurelis_key& key) const noexcept { passed_.fetch(key.hash); }
    // An entry that was created before newest(), and that nothing hides: it has been found before, and no stamp has
    // been raised since. key.hash must be set. False: ask find().
    bool has_passed(const aurelis_key& key, const Evidence& evidence) const noexcept {
        if (evidence.created < everything() || !passed_.is_made()) return false;
        return passed_.has(mark_of(key, evidence), generation_.load(std::memory_order_acquire));
    }
    // What hides an entry that was created before newest(). key.hash must be set.
    Hiding find(const aurelis_key& key, const Evidence& evidence) const AURELIS_EXCLUDES(mutex_);

    // Returns the buckets whose text has changed; none if a later stamp was known. The hard stamp of everything is in
    // no bucket.
    Buckets raise(const Stamp& stamp) AURELIS_EXCLUDES(mutex_);
    Buckets raise(const Ban& ban) AURELIS_EXCLUDES(mutex_);
    void raise_everything(int64_t hard) noexcept;

    static constexpr size_t bucket_of(uint64_t name) noexcept { return name >> 56; }
    // The stamps of a bucket as text, and the text of a bucket without any.
    static const std::string& text_of_none();
    std::string text_of_bucket(size_t bucket) const AURELIS_EXCLUDES(mutex_);
    // Merges what another process has written for the bucket; false: it is damaged, and nothing of it is used.
    // newest: the latest stamp that it contains. changed: buckets that have stamps now that they did not have.
    bool merge(std::string_view text, int64_t& newest, Buckets& changed) AURELIS_EXCLUDES(mutex_);

    uint64_t kept() const noexcept { return kept_.load(std::memory_order_relaxed); }
    uint64_t bans() const noexcept { return ban_count_.load(std::memory_order_relaxed); }
    uint64_t widened() const noexcept { return widened_.load(std::memory_order_relaxed); }

private:
    struct Kept {
        StampKind kind;
        uint64_t category;
        int64_t hard, soft;
    };
    struct EntryName;
    using Bucket = std::unordered_map<uint64_t, Kept>;
    // Marks of entries that passed: the first bits of the key's hash, and after them the first 47 of a hash of all that
    // matters for the entry, so that one hidden entry in 2^44 could be taken for one that passed. The key's bits are
    // its place in a table of sets, each of the size of a cache line. The table doubles while marks are displaced, up
    // to a million of them, since an entry that is forgotten is looked up again on each hit. Readers may still use the
    // smaller tables, which are kept.
    class Passed {
    public:
        static constexpr unsigned kFirstBits = 13, kLastBits = 17;  // Of the number of sets.

        void make();
        bool is_made() const noexcept { return table_.load(std::memory_order_acquire) != nullptr; }
        void fetch(uint64_t mark) const noexcept {
            if (const Table* const table = table_.load(std::memory_order_acquire)) [[unlikely]]
                __builtin_prefetch(&table->sets[table->place_of(mark)]);
        }
        // generation: of what it passed, when that was last looked at.
        bool has(uint64_t mark, uint64_t generation) const noexcept {
            const Table& table = *table_.load(std::memory_order_acquire);
            const uint64_t word = mark + generation * kPerGeneration;
            const auto& words = table.sets[table.place_of(mark)].words;
            for (size_t i = 0; i < kWays; ++i)
                if (words[(mark + i) % kWays].load(std::memory_order_relaxed) == word) [[likely]] return true;
            return false;
        }
        void add(uint64_t mark, uint64_t generation) noexcept;

    private:
        static constexpr size_t kWays = 8;
        static constexpr uint64_t kPerGeneration = 0x9e3779b97f4a7c15u;
        struct alignas(64) Set {
            std::array<std::atomic<uint64_t>, kWays> words{};
        };
        struct Table {
            explicit Table(unsigned bits) : shift(64 - bits), sets(size_t{1} << bits) {}
            size_t place_of(uint64_t mark) const noexcept { return mark >> shift; }
            bool add(uint64_t mark, uint64_t generation) noexcept;

            const unsigned shift;
            std::vector<Set> sets;
        };
        void grow(const Table& full, uint64_t generation) noexcept AURELIS_EXCLUDES(mutex_);

        std::atomic<Table*> table_{nullptr};
        std::atomic<uint64_t> displaced_{0};  // In this table.
        Mutex mutex_;
        std::vector<std::unique_ptr<Table>> tables_ AURELIS_GUARDED_BY(mutex_);
    };

    static uint64_t mark_of(const aurelis_key& key, const Evidence& evidence) noexcept;
    void keep(const Stamp& stamp, Buckets& changed) AURELIS_REQUIRES(mutex_);
    void keep(const Ban& ban, Buckets& changed) AURELIS_REQUIRES(mutex_);
    void widen_oldest(size_t bucket, Buckets& changed) AURELIS_REQUIRES(mutex_);
    void widen_oldest_bans(Buckets& changed) AURELIS_REQUIRES(mutex_);
    // What has been kept takes effect.
    void effect(int64_t newest, bool bans) noexcept;
    Hiding look_up(const aurelis_key& key, const Evidence& evidence, uint64_t mark) const AURELIS_EXCLUDES(mutex_);
    void consider(uint64_t name, StampKind kind, int64_t created, std::string_view tag, Hiding& hiding) const
        AURELIS_REQUIRES_SHARED(mutex_);
    bool consider_bans(const aurelis_key& key, const Evidence& evidence, const EntryName& named, Hiding& hiding) const
        AURELIS_REQUIRES_SHARED(mutex_);

    const std::string root_;
    const ReadPattern read_;
    std::atomic<int64_t> newest_{0};
    std::atomic<int64_t> everything_{0};
    // Of all stamps, and of the bans; an entry that passed, passed those of one generation.
    std::atomic<uint64_t> generation_{1}, ban_generation_{1};
    std::atomic<uint64_t> kept_{0}, ban_count_{0}, widened_{0};
    mutable SharedMutex mutex_;
    std::array<Bucket, kBuckets> buckets_ AURELIS_GUARDED_BY(mutex_);
    std::unordered_map<uint64_t, Ban> bans_ AURELIS_GUARDED_BY(mutex_);  // By id.
    // By the name that they are of, so that an entry is compared with those only that may concern it.
    std::unordered_map<uint64_t, std::vector<const Ban*>> bans_of_ AURELIS_GUARDED_BY(mutex_);
    mutable Passed passed_, passed_bans_;  // Made under the mutex, before the first stamp takes effect.
};

}  // namespace aurelis::core
