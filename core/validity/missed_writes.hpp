// MissedWrites: what one layer did not take while it failed, so that an old value never comes back. A key that is noted
// here is not read from the layer until it is settled: by a later write that the layer took, or by reconciling, which
// removes the key there. A removal can only cost a miss, so it is safe whatever the layer holds by now.
//
// A write that timed out may be under way still: in a proxy, in the queue of a server that hung. What settles its note
// is a removal or a write that the store took after it, so it must not arrive behind that one:
//
// - A local store answers when it is done: there is nothing under way.
// - A remote one with AURELIS_CAP_FENCED sees to it (redis: the connection is reset, its client killed, the write
//   carries a deadline that the server checks), for all processes. A note is settled as ever.
// - For any other remote store the note leaves a doubt behind: the time of creation of the value that may still come.
//   That is its name; a later write that bears the same one, within one tick of the clock, costs a miss. An entry of
//   that name is not believed however late it is found; finding it is how the doubt ends (it has come, and cannot come
//   again), together with a note that has it removed. Else the doubt ends when the value's own life does, from when on
//   nobody believes it. Only this process is
//   protected so. A bare value has no time of creation: its key is not read while there is a doubt, for kBareDoubtNs at
//   most, which is longer than a connection sends again.
// - A removal that comes late costs a miss, and a write with IF_VERSION is refused after a later one: no doubt.
//
// The notes are bounded, and so are doubts, of which the oldest is given up. What no longer fits is noted as its whole
// category: everything in the layer that begins like the key and was created before now is not believed, and removed
// when the layer is back. Leaves to others: doing the removals (reconciler), keeping notes across a crash
// (note_keeper). Threads: any. A note of a key is made and settled in the key's lane, but for that of a get which meets
// a doubtful entry and for those that are recalled: a note too many costs a miss. Without notes a look costs one load.
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
    static constexpr size_t kBytesMax = size_t{16} << 20;  // Of keys and overhead.
    static constexpr size_t kPrefixesMax = 256;            // Then the whole namespace is noted.

    // The layer did not take a write of the key. prefix: how the keys of its category begin; empty: it has none, and
    // beyond the bound its note is lost, which is counted. root: how all keys of the cache begin. stamp: later than
    // everything that the layer may hold. False: the notes were full.
    bool note(uint64_t hash, std::string_view key, std::string_view prefix, std::string_view root, int64_t stamp);
    // All entries that begin so and were created before the stamp.
    void note_prefix(std::string_view prefix, std::string_view root, int64_t stamp);
    // The layer took a write of the key. True: there was a note.
    bool settle(uint64_t hash, std::string_view key);
    // The entries of the prefix are removed, up to that stamp. True: there was such a note.
    bool settle_prefix(std::string_view prefix, int64_t stamp);

    bool any() const noexcept { return notes_.load(std::memory_order_acquire) != 0; }
    // May this key be read? To be asked before the layer is.
    bool holds(uint64_t hash, std::string_view key) const { return any() && holds_slowly(hash, key); }
    // Is an entry of that creation hidden by a noted prefix? To be asked of what the layer gave.
    bool hides(std::string_view key, int64_t created) const { return any() && hides_slowly(key, created); }

    // What was written under the key, created then, may still come, until the end of its life; 0 never. To be asked
    // before what the layer gave is believed. bare: it tells no time of creation.
    void doubt(uint64_t hash, std::string_view key, int64_t created, int64_t until_wall, int64_t now_wall);
    bool is_doubtful(uint64_t hash, std::string_view key, int64_t created, bool bare, int64_t now_wall) const {
        return doubts_.load(std::memory_order_acquire) != 0 && is_doubtful_slowly(hash, key, created, bare, now_wall);
    }
    // It has come.
    void has_come(uint64_t hash, std::string_view key, int64_t created);
    uint64_t doubts() const noexcept { return doubts_.load(std::memory_order_relaxed); }
    static constexpr size_t kDoubtsMax = 10'000;
    static constexpr int64_t kBareDoubtNs = 1'200'000'000'000;

    struct Note {
        uint64_t hash;
        std::string key;
    };
    // Some of the noted keys, at most n, behind the last ones that were asked for; in a circle.
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
    size_t turn_ AURELIS_GUARDED_BY(mutex_) = 0;  // Bucket at which some() goes on.
    std::atomic<uint64_t> notes_{0};              // Keys and prefixes.
    std::atomic<uint64_t> doubts_{0};
    std::atomic<uint64_t> noted_{0}, overflowed_{0}, lost_{0}, settled_{0};
};

}  // namespace aurelis::core
