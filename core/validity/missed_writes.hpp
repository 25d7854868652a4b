// MissedWrites: what one layer did not take while it failed, so that an old value never comes back. A key that is noted
// here is not read from the layer until it is settled: by a later write that the layer took, or by reconciling, which
// removes the key there. A removal can only cost a miss, so it is safe whatever the layer holds by now.
//
// A write that timed out may still be under way: in a proxy, or in the queue of a server that hung. Its note is settled
// by a later removal or write that the store took, so it must not arrive after that one:
//
// - A local store answers when it is done: nothing is under way.
// - A remote one with AURELIS_CAP_FENCED ensures that for all processes (redis: the connection is reset, its client
//   killed, and the write carries a deadline that the server checks). The note is settled as usual.
// - For any other remote store the note leaves a doubt behind, which records the creation time of the value that may
//   still arrive. The value is recognized by that time (a later write with the same time, within one tick of the clock,
//   costs a miss) and is not believed however late it is found. Finding it ends the doubt, since it cannot arrive
//   again, and makes a note to have it removed. Otherwise the doubt ends with the value's own life, after which it is
//   not believed anyway. This protects only this process. A bare value has no creation time: its key is not read while
//   there is a doubt, for at most kBareDoubtNs, which is longer than a connection retransmits.
// - A removal that arrives late costs a miss, and a write with IF_VERSION is refused after a later one: no doubt is
//   needed.
//
// Notes are bounded, and so are doubts, of which the oldest is given up. A key that no longer fits is noted by the
// prefix of its whole category: everything in the layer that has this prefix and was created before now is not
// believed, and is removed when the layer is back. Leaves to others: doing the removals (reconciler), keeping notes
// across a crash (note_keeper). Threads: any. A note of a key is made and settled in the key's lane, except by a get
// that meets a doubtful entry and for recalled notes: a superfluous note costs a miss. Without notes a check costs one
// load.
#pragma once

#include "base/locks.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aurelis::core {

class MissedWrites {
public:
    static constexpr size_t kKeysMax = 100'000;
    static constexpr size_t kBytesMax = size_t{16} << 20;  // Keys and overhead.
    static constexpr size_t kPrefixesMax = 256;            // Beyond that the whole namespace is noted.

    // The layer did not take a write of the key. prefix: that of the keys of its category; empty: it has none, and if
    // the notes are full its note is lost, which is counted. root: the prefix of all keys of the cache. stamp: later
    // than everything that the layer may hold. False: the notes were full.
    bool note(uint64_t hash, std::string_view key, std::string_view prefix, std::string_view root, int64_t stamp);
    // Notes all entries that have the prefix and were created before the stamp.
    void note_prefix(std::string_view prefix, std::string_view root, int64_t stamp);
    // The layer took a write of the key. True: there was a note.
    bool settle(uint64_t hash, std::string_view key);
    // The entries of the prefix have been removed, up to that stamp. True: there was such a note.
    bool settle_prefix(std::string_view prefix, int64_t stamp);

    bool any() const noexcept { return notes_.load(std::memory_order_acquire) != 0; }
    // Is there a note of this key, so that it must not be read? Ask before asking the layer.
    bool holds(uint64_t hash, std::string_view key) const { return any() && holds_slowly(hash, key); }
    // Is an entry with that creation time hidden by a noted prefix? Ask about what the layer returned.
    bool hides(std::string_view key, int64_t created) const { return any() && hides_slowly(key, created); }

    // The value written under the key with that creation time may still arrive; the doubt ends with its life, at
    // until_wall (0: never). is_doubtful: ask before what the layer returned is believed. bare: the creation time is
    // not known.
    void doubt(uint64_t hash, std::string_view key, int64_t created, int64_t until_wall, int64_t now_wall);
    bool is_doubtful(uint64_t hash, std::string_view key, int64_t created, bool bare, int64_t now_wall) const {
        return doubts_.load(std::memory_order_acquire) != 0 && is_doubtful_slowly(hash, key, created, bare, now_wall);
    }
    // It has arrived.
    void has_come(uint64_t hash, std::string_view key, int64_t created);
    uint64_t doubts() const noexcept { return doubts_.load(std::memory_order_relaxed); }
    static constexpr size_t kDoubtsMax = 10'000;
    static constexpr int64_t kBareDoubtNs = 1'200'000'000'000;

    struct Note {
        uint64_t hash;
        std::string key;
    };
    // Some of the noted keys, about n; each call continues where the last one ended, and starts again at the end.
    std::vector<Note> some(size_t n);
    std::vector<std::pair<std::string, int64_t>> prefixes() const;

    uint64_t waiting() const noexcept { return notes_.load(std::memory_order_relaxed); }
    uint64_t noted() const noexcept { return noted_.load(std::memory_order_relaxed); }
    uint64_t overflowed() const noexcept { return overflowed_.load(std::memory_order_relaxed); }
    uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
    uint64_t settled() const noexcept { return settled_.load(std::memory_order_relaxed); }

private:
    bool holds_slowly(uint64_t hash, std::string_view key) const AURELIS_EXCLUDES(mutex_);
    bool hides_slowly(std::string_view key, int64_t created) const AURELIS_EXCLUDES(mutex_);
    void keep_prefix(std::string_view prefix, std::string_view root, int64_t stamp) AURELIS_REQUIRES(mutex_);
    bool is_doubtful_slowly(uint64_t hash, std::string_view key, int64_t created, bool bare, int64_t now_wall) const
        AURELIS_EXCLUDES(mutex_);
    void recount() AURELIS_REQUIRES(mutex_);

    struct Doubt {
        std::string key;
        int64_t created = 0, until_wall = 0, since_wall = 0;
        uint64_t number = 0;  // The smallest is the oldest.
    };

    mutable Mutex mutex_;
    std::unordered_multimap<uint64_t, std::string> keys_ AURELIS_GUARDED_BY(mutex_);  // By hash.
    std::map<std::string, int64_t, std::less<>> prefixes_ AURELIS_GUARDED_BY(mutex_);
    std::unordered_multimap<uint64_t, Doubt> doubtful_ AURELIS_GUARDED_BY(mutex_);  // By hash.
    uint64_t doubt_number_ AURELIS_GUARDED_BY(mutex_) = 0;
    size_t bytes_ AURELIS_GUARDED_BY(mutex_) = 0;
    size_t turn_ AURELIS_GUARDED_BY(mutex_) = 0;  // The last bucket that some() has read.
    std::atomic<uint64_t> notes_{0};              // Keys and prefixes.
    std::atomic<uint64_t> doubts_{0};
    std::atomic<uint64_t> noted_{0}, overflowed_{0}, lost_{0}, settled_{0};
};

}  // namespace aurelis::core
