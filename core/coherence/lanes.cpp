#include "coherence/lanes.hpp"

#include <algorithm>
#include <chrono>

namespace aurelis::core {

namespace {

// The lanes that this thread holds, of all caches; the last one entered first.
thread_local Lanes::Pass* innermost = nullptr;

}  // namespace

bool Lanes::is_held_here(uint64_t hash) const noexcept {
    for (const Pass* pass = innermost; pass != nullptr; pass = pass->outer_)
        if (pass->lanes_ == this && pass->hash_ == hash) return true;
    return false;
}

bool Lanes::is_held(const Bucket& bucket, uint64_t hash) noexcept {
    bucket.mutex.assert_held();
    for (const Pass* pass = bucket.held; pass != nullptr; pass = pass->next_)
        if (pass->hash_ == hash) return true;
    return false;
}

void Lanes::link(Bucket& bucket, uint64_t hash, Pass& pass) noexcept {
    bucket.mutex.assert_held();
    pass.lanes_ = this;
    pass.hash_ = hash;
    pass.owner_.set();
    pass.next_ = bucket.held;
    bucket.held = &pass;
    pass.outer_ = innermost;
    innermost = &pass;
}

#ifndef NDEBUG
bool Lanes::is_held(uint64_t hash) const {
    const Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    return is_held(place, hash);
}
#endif

bool Lanes::enter(uint64_t hash, int64_t deadline_mono, Pass& pass) {
    Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    while (is_held(place, hash)) {
        if (deadline_mono == 0) deadline_mono = saturating_add(clock_.mono(), wait_ns_);
        const int64_t left = deadline_mono - clock_.mono();
        if (left <= 0) return false;
        ++place.waiting;
        place.freed.wait_for(lock, std::chrono::nanoseconds(clock_.is_custom() ? 1'000'000 : left));
        --place.waiting;
    }
    link(place, hash, pass);
    return true;
}

bool Lanes::try_enter(uint64_t hash, Pass& pass) {
    Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    if (is_held(place, hash)) return false;
    link(place, hash, pass);
    return true;
}

void Lanes::unlink(Bucket& bucket, Pass& pass) noexcept {
    bucket.mutex.assert_held();
    AURELIS_DEBUG_CHECK(pass.owner_.is_this_thread());
    Pass** link = &bucket.held;
    while (*link != &pass) link = &(*link)->next_;
    *link = pass.next_;
    Pass** mine = &innermost;
    while (*mine != &pass) mine = &(*mine)->outer_;
    *mine = pass.outer_;
    pass.lanes_ = nullptr;
    if (bucket.waiting != 0) bucket.freed.notify_all();
}

void Lanes::leave(Pass& pass) noexcept {
    Bucket& place = bucket(pass.hash_);
    MutexLock lock(place.mutex);
    unlink(place, pass);
}

bool Lanes::leave_unless_owing(Pass& pass) noexcept {
    Bucket& place = bucket(pass.hash_);
    MutexLock lock(place.mutex);
    for (const Removal& removal : place.owed)
        if (removal.hash == pass.hash_) return false;
    unlink(place, pass);
    return true;
}

bool Lanes::owe_if_held(uint64_t hash, std::string_view key) {
    Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    if (!is_held(place, hash)) return false;
    place.owed.push_back({hash, std::string(key)});
    owed_.fetch_add(1, std::memory_order_acq_rel);
    return true;
}

bool Lanes::is_owed_slowly(uint64_t hash, std::string_view key) const {
    const Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    return std::any_of(place.owed.begin(), place.owed.end(),
                       [&](const Removal& removal) { return removal.hash == hash && removal.key == key; });
}

std::vector<std::string> Lanes::owed_in(const Pass& pass) {
    std::vector<std::string> keys;
    if (owed_.load(std::memory_order_acquire) == 0) return keys;
    Bucket& place = bucket(pass.hash_);
    MutexLock lock(place.mutex);
    for (const Removal& removal : place.owed)
        if (removal.hash == pass.hash_) keys.push_back(removal.key);
    return keys;
}

void Lanes::pay(uint64_t hash, std::string_view key) {
    Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    const auto gone = std::find_if(place.owed.begin(), place.owed.end(),
                                   [&](const Removal& removal) { return removal.hash == hash && removal.key == key; });
    if (gone == place.owed.end()) return;
    place.owed.erase(gone);
    owed_.fetch_sub(1, std::memory_order_acq_rel);
}

}  // namespace aurelis::core
