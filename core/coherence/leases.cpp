#include "coherence/leases.hpp"

namespace aurelis::core {

void Leases::link(Bucket& bucket, Lease& lease) noexcept {
    bucket.mutex.assert_held();
    lease.before_ = nullptr;
    lease.next_ = bucket.first;
    if (bucket.first != nullptr) bucket.first->before_ = &lease;
    bucket.first = &lease;
}

void Leases::unlink(Bucket& bucket, Lease& lease) noexcept {
    bucket.mutex.assert_held();
    if (lease.before_ != nullptr)
        lease.before_->next_ = lease.next_;
    else
        bucket.first = lease.next_;
    if (lease.next_ != nullptr) lease.next_->before_ = lease.before_;
    lease.table_ = nullptr;
}

void Leases::take(uint64_t hash, Lease& lease) noexcept {
    lease.end();
    Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    lease.table_ = this;
    lease.hash_ = hash;
    lease.revoked_.store(false, std::memory_order_relaxed);
    link(place, lease);
}

void Leases::revoke(uint64_t hash, const Lease* spared) noexcept {
    Bucket& place = bucket(hash);
    MutexLock lock(place.mutex);
    for (Lease* lease = place.first; lease != nullptr; lease = lease->next_)
        if (lease->hash_ == hash && lease != spared) lease->revoked_.store(true, std::memory_order_release);
}

void Leases::revoke_all() noexcept {
    for (Bucket& place : buckets_) {
        MutexLock lock(place.mutex);
        for (Lease* lease = place.first; lease != nullptr; lease = lease->next_)
            lease->revoked_.store(true, std::memory_order_release);
    }
}

void Lease::end() noexcept {
    if (table_ == nullptr) return;
    Leases::Bucket& place = table_->bucket(hash_);
    MutexLock lock(place.mutex);
    Leases::unlink(place, *this);
}

void Lease::move_to(Lease& other) noexcept {
    other.end();
    if (table_ == nullptr) return;
    Leases* const table = table_;
    Leases::Bucket& place = table->bucket(hash_);
    MutexLock lock(place.mutex);
    Leases::unlink(place, *this);
    other.table_ = table;
    other.hash_ = hash_;
    other.revoked_.store(revoked_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    Leases::link(place, other);
}

}  // namespace aurelis::core
