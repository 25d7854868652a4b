#include "validity/missed_writes.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr size_t kNoteOverhead = 64;  // Roughly that of a node of the table.

}  // namespace

void MissedWrites::recount() {
    mutex_.assert_held();
    notes_.store(keys_.size() + prefixes_.size(), std::memory_order_release);
}

void MissedWrites::keep_prefix(std::string_view prefix, std::string_view root, int64_t stamp) {
    mutex_.assert_held();
    if (prefixes_.size() >= kPrefixesMax && prefixes_.find(prefix) == prefixes_.end()) prefix = root;
    const auto [place, fresh] = prefixes_.emplace(prefix, stamp);
    if (!fresh) place->second = std::max(place->second, stamp);
}

bool MissedWrites::note(uint64_t hash, std::string_view key, std::string_view prefix, std::string_view root,
                        int64_t stamp) {
    MutexLock lock(mutex_);
    noted_.fetch_add(1, std::memory_order_relaxed);
    const auto [first, last] = keys_.equal_range(hash);
    for (auto it = first; it != last; ++it)
        if (it->second == key) return true;
    const size_t bytes = key.size() + kNoteOverhead;
    if (keys_.size() >= kKeysMax || bytes_ + bytes > kBytesMax) {
        (prefix.empty() ? lost_ : overflowed_).fetch_add(1, std::memory_order_relaxed);
        if (!prefix.empty()) keep_prefix(prefix, root, stamp);
        recount();
        return false;
    }
    keys_.emplace(hash, key);
    bytes_ += bytes;
    recount();
    return true;
}

void MissedWrites::note_prefix(std::string_view prefix, std::string_view root, int64_t stamp) {
    MutexLock lock(mutex_);
    keep_prefix(prefix, root, stamp);
    recount();
}

bool MissedWrites::settle(uint64_t hash, std::string_view key) {
    MutexLock lock(mutex_);
    const auto [first, last] = keys_.equal_range(hash);
    for (auto it = first; it != last; ++it) {
        if (it->second != key) continue;
        bytes_ -= it->second.size() + kNoteOverhead;
        keys_.erase(it);
        settled_.fetch_add(1, std::memory_order_relaxed);
        recount();
        return true;
    }
    return false;
}

bool MissedWrites::settle_prefix(std::string_view prefix, int64_t stamp) {
    MutexLock lock(mutex_);
    const auto found = prefixes_.find(prefix);
    if (found == prefixes_.end() || found->second > stamp) return false;  // Noted again meanwhile.
    prefixes_.erase(found);
    recount();
    return true;
}

bool MissedWrites::holds_slowly(uint64_t hash, std::string_view key) const {
    MutexLock lock(mutex_);
    const auto [first, last] = keys_.equal_range(hash);
    return std::any_of(first, last, [key](const auto& note) { return note.second == key; });
}

bool MissedWrites::hides_slowly(std::string_view key, int64_t created) const {
    MutexLock lock(mutex_);
    return std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&](const auto& prefix) { return created < prefix.second && key.starts_with(prefix.first); });
}

// Clock: both times are from the wall clock of the host, by which the value's life is judged, too. So a step that ends
// the doubt also ends the value's life.
void MissedWrites::doubt(uint64_t hash, std::string_view key, int64_t created, int64_t until_wall, int64_t now_wall) {
    MutexLock lock(mutex_);
    if (doubtful_.size() >= kDoubtsMax)
        std::erase_if(doubtful_, [&](const auto& one) {
            return one.second.until_wall != 0 && one.second.until_wall <= now_wall;
        });
    if (doubtful_.size() >= kDoubtsMax) {
        doubtful_.erase(std::min_element(doubtful_.begin(), doubtful_.end(), [](const auto& a, const auto& b) {
            return a.second.number < b.second.number;
        }));
        lost_.fetch_add(1, std::memory_order_relaxed);
    }
    doubtful_.emplace(hash, Doubt{std::string(key), created, until_wall, now_wall, ++doubt_number_});
    doubts_.store(doubtful_.size(), std::memory_order_release);
}

bool MissedWrites::is_doubtful_slowly(uint64_t hash, std::string_view key, int64_t created, bool bare,
                                      int64_t now_wall) const {
    MutexLock lock(mutex_);
    const auto [first, last] = doubtful_.equal_range(hash);
    return std::any_of(first, last, [&](const auto& one) {
        const Doubt& doubt = one.second;
        if (doubt.key != key || (doubt.until_wall != 0 && doubt.until_wall <= now_wall)) return false;
        return bare ? now_wall - doubt.since_wall < kBareDoubtNs : doubt.created == created;
    });
}

void MissedWrites::has_come(uint64_t hash, std::string_view key, int64_t created) {
    MutexLock lock(mutex_);
    const auto [first, last] = doubtful_.equal_range(hash);
    for (auto it = first; it != last;)
        it = it->second.key == key && it->second.created == created ? doubtful_.erase(it) : std::next(it);
    doubts_.store(doubtful_.size(), std::memory_order_release);
}

std::vector<MissedWrites::Note> MissedWrites::some(size_t n) {
    std::vector<Note> notes;
    MutexLock lock(mutex_);
    const size_t buckets = keys_.bucket_count();
    for (size_t seen = 0; seen < buckets && notes.size() < n; ++seen) {
        turn_ = (turn_ + 1) % buckets;
        for (auto it = keys_.begin(turn_); it != keys_.end(turn_); ++it) notes.push_back({it->first, it->second});
    }
    return notes;
}

std::vector<std::pair<std::string, int64_t>> MissedWrites::prefixes() const {
    MutexLock lock(mutex_);
    return {prefixes_.begin(), prefixes_.end()};
}

}  // namespace aurelis::core
