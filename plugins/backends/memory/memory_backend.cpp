// The members of the ABI for single keys and batches, and for the store as a whole.
#include "memory_backend.hpp"

#include <aurelis/base/bytes.hpp>
#include <aurelis/plugin/boundary.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace aurelis::memory {

namespace {

constexpr int64_t kSweepEveryNs = kSecondNs;
constexpr int kSweepPieces = 1024;
constexpr size_t kBatch = 64;
constexpr size_t kShardsMax = 1024;

}  // namespace

Result<std::unique_ptr<MemoryBackend>> MemoryBackend::create(const plugin::Setup& setup) {
    AURELIS_TRY(limits, Limits::from(setup.options));
    std::unique_ptr<MemoryBackend> made(new MemoryBackend(setup.host, limits));
    for (uint32_t i = 0; i < limits.shards; ++i) {
        const auto share = [&](uint64_t all) {
            return all == Limits::kUnbounded ? all : all / limits.shards + (i < all % limits.shards);
        };
        if (!made->shards_[i].open(ShardLimits{share(limits.entries), share(limits.bytes)}))
            return fail(AURELIS_E_NOMEM, "out of memory");
    }
    return made;
}

MemoryBackend::MemoryBackend(const plugin::Host& host, const Limits& limits)
    : host_(host),
      limits_(limits),
      shards_(new Shard[limits.shards]),
      pins_(new PinLedger),
      shard_shift_(32 - static_cast<uint32_t>(std::countr_zero(limits.shards))) {}

MemoryBackend::~MemoryBackend() {
    sweeper_.cancel();
    shards_.reset();
    pins_->release();
}

aurelis_status MemoryBackend::start(aurelis_call* call) {
    const aurelis_status status = sweeper_.start(
        host_, [this] { return sweep(); }, kSweepEveryNs);
    if (status == AURELIS_OK) return status;
    return plugin::report(call, status,
                          "memory: the task that reclaims expired entries could not be started");
}

namespace {

// Why an operation failed, by its status: each status has only one cause here.
std::string_view why_of(aurelis_status status) noexcept {
    switch (status) {
        case AURELIS_E_UNSUPPORTED: return "memory: a flag from bit 24 on is set that this version does not know";
        case AURELIS_E_INVALID: return "memory: a key has 1 byte to 64 KiB";
        case AURELIS_E_TOO_LARGE: return "memory: the entry is larger than a shard; raise max_bytes or lower shards";
        case AURELIS_E_NOMEM: return "out of memory";
        default: return "memory: failed";
    }
}

void tell_item(aurelis_call* call, size_t item, aurelis_status status) noexcept {
    const std::string_view why = why_of(status);
    aurelis_item_error(call, item, status, why.data(), why.size());
}

}  // namespace

aurelis_status MemoryBackend::bad_key(aurelis_call* call) {
    return plugin::report(call, AURELIS_E_INVALID, why_of(AURELIS_E_INVALID));
}

Key MemoryBackend::key_of(const aurelis_key& key) const noexcept {
    const std::string_view text(static_cast<const char*>(key.data), key.size);
    return Key{key.hash != 0 ? key.hash : host_.hash(text), text};
}

Glance MemoryBackend::glance(const aurelis_call* call) const noexcept {
    const uint32_t flags = call != nullptr ? call->flags : 0;
    return Glance{aurelis_call_wall(call, host_.raw()), (flags & AURELIS_CALL_PEEK) != 0,
                  (flags & AURELIS_CALL_EXPIRED_TOO) != 0};
}

aurelis_status MemoryBackend::get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
    if (!is_key(key)) return bad_key(call);
    const Key wanted = key_of(key);
    return shard_of(wanted.hash).get(wanted, glance(call), out);
}

aurelis_status MemoryBackend::set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write,
                                  uint64_t* new_version) {
    return write_one(call, key, write, aurelis_call_wall(call, host_.raw()), new_version);
}

aurelis_status MemoryBackend::write_one(aurelis_call* call, const aurelis_key& key,
                                        const aurelis_write& write, int64_t now, uint64_t* new_version) {
    if (plugin::must_be_known(write.flags)) return plugin::refuse_unknown_flags(call);
    if (!is_key(key)) return bad_key(call);
    const Key wanted = key_of(key);
    Shard& shard = shard_of(wanted.hash);
    if (!shard.can_ever_hold(least_charge(key.size, write))) return refuse(call, wanted, write, now);
    Node* node = make_node(wanted.hash, wanted.text, write, pins_);
    if (node == nullptr) return plugin::report(call, AURELIS_E_NOMEM, why_of(AURELIS_E_NOMEM));
    if (shard.can_ever_hold(charge_of(node))) return shard.set(node, write, now, new_version);
    drop_node(node);
    return refuse(call, wanted, write, now);
}

aurelis_status MemoryBackend::refuse(aurelis_call* call, const Key& key, const aurelis_write& write,
                                     int64_t now) {
    const aurelis_status status = shard_of(key.hash).refuse(key, write, now);
    if (status != AURELIS_E_TOO_LARGE) return status;
    return plugin::report(call, status, why_of(status));
}

aurelis_status MemoryBackend::remove(aurelis_call* call, const aurelis_key& key) {
    if (!is_key(key)) return bad_key(call);
    const Key wanted = key_of(key);
    return shard_of(wanted.hash).remove(wanted, nullptr, aurelis_call_wall(call, host_.raw()));
}

aurelis_status MemoryBackend::touch(aurelis_call* call, const aurelis_key& key, int64_t expires_wall) {
    if (!is_key(key)) return bad_key(call);
    const Key wanted = key_of(key);
    return shard_of(wanted.hash).touch(wanted, expires_wall, aurelis_call_wall(call, host_.raw()));
}

// Sorted by shard, so that each is locked once and its memory is fetched for many keys at a time.
aurelis_status MemoryBackend::multi_get(aurelis_call* call, const aurelis_key* keys, size_t n,
                                        aurelis_entry* out) {
    const Glance told = glance(call);
    bool partial = false;
    for (size_t done = 0; done < n; done += kBatch) {
        const size_t count = std::min(kBatch, n - done);
        Key wanted[kBatch];
        uint32_t order[kBatch];
        uint16_t ends[kShardsMax + 1] = {};
        size_t valid = 0;
        for (size_t i = 0; i < count; ++i) {
            wanted[i] = is_key(keys[done + i]) ? key_of(keys[done + i]) : Key{};
            if (wanted[i].text.empty()) {
                out[done + i].status = bad_key(nullptr);
                tell_item(call, done + i, out[done + i].status);
                partial = true;
                continue;
            }
            Shard& shard = shard_of(wanted[i].hash);
            shard.prefetch(wanted[i]);
            ++ends[&shard - shards_.get() + 1];
            ++valid;
        }
        for (size_t s = 1; s <= limits_.shards; ++s) ends[s] = static_cast<uint16_t>(ends[s] + ends[s - 1]);
        for (size_t i = 0; i < count; ++i) {
            if (!wanted[i].text.empty())
                order[ends[&shard_of(wanted[i].hash) - shards_.get()]++] = static_cast<uint32_t>(i);
        }
        for (size_t first = 0; first < valid;) {
            Shard& shard = shard_of(wanted[order[first]].hash);
            const size_t end = ends[&shard - shards_.get()];
            shard.get_many(wanted, order + first, end - first, told, out + done);
            first = end;
        }
    }
    return partial ? AURELIS_PARTIAL : AURELIS_OK;
}

aurelis_status MemoryBackend::multi_write(aurelis_call* call, const aurelis_key* keys,
                                          const aurelis_write* writes, size_t n, aurelis_status* each,
                                          uint64_t* versions) {
    const int64_t now = aurelis_call_wall(call, host_.raw());
    bool partial = false;
    for (size_t i = 0; i < n; ++i) {
        const aurelis_write& write = writes[i];
        if ((write.flags & AURELIS_SET_REMOVE) == 0 || plugin::must_be_known(write.flags) ||
            !is_key(keys[i])) {
            each[i] = write_one(nullptr, keys[i], write, now, versions != nullptr ? &versions[i] : nullptr);
        } else {
            const Key wanted = key_of(keys[i]);
            const bool conditional = (write.flags & AURELIS_SET_IF_VERSION) != 0;
            each[i] = shard_of(wanted.hash).remove(wanted, conditional ? &write.if_version : nullptr, now);
        }
        partial = partial || (each[i] != AURELIS_OK && each[i] != AURELIS_NOT_FOUND);
        if (each[i] < 0) tell_item(call, i, each[i]);
    }
    return partial ? AURELIS_PARTIAL : AURELIS_OK;
}

// A few milliseconds at a time; then other tasks get their turn.
int64_t MemoryBackend::sweep() noexcept {
    const int64_t now = host_.now_wall();
    for (int piece = 0; piece < kSweepPieces; ++piece) {
        if (!shards_[sweep_shard_].sweep(sweep_slot_, now)) continue;
        sweep_slot_ = 0;
        if (++sweep_shard_ < limits_.shards) continue;
        sweep_shard_ = 0;
        return kSweepEveryNs;
    }
    return 0;
}

ShardCounts MemoryBackend::counts() const noexcept {
    ShardCounts all;
    for (uint32_t i = 0; i < limits_.shards; ++i) {
        const ShardCounts one = shards_[i].counts();
        all.entries += one.entries;
        all.bytes += one.bytes;
        all.evictions += one.evictions;
        all.expirations += one.expirations;
        all.admissions += one.admissions;
        all.overwrites += one.overwrites;
        all.rejections += one.rejections;
        all.promotions += one.promotions;
        all.ghost_hits += one.ghost_hits;
    }
    return all;
}

aurelis_status MemoryBackend::size(aurelis_call*, aurelis_size& out) {
    const ShardCounts all = counts();
    out = aurelis_size{sizeof(aurelis_size), 0, all.entries, all.bytes, limits_.entries, limits_.bytes};
    return AURELIS_OK;
}

aurelis_status MemoryBackend::stats(aurelis_call*, aurelis_stat_fn tell, void* user) {
    const ShardCounts all = counts();
    const auto counter = [&](const char* name, uint64_t value) {
        tell(user, name, AURELIS_METRIC_COUNTER, static_cast<double>(value));
    };
    const auto gauge = [&](const char* name, double value) { tell(user, name, AURELIS_METRIC_GAUGE, value); };
    counter("admissions", all.admissions);
    counter("overwrites", all.overwrites);
    counter("rejections", all.rejections);
    counter("evictions", all.evictions);
    counter("expirations", all.expirations);
    counter("promotions", all.promotions);
    counter("ghost_hits", all.ghost_hits);
    gauge("pinned_bytes", static_cast<double>(std::max<int64_t>(0, pins_->bytes())));
    gauge("shards", limits_.shards);
    gauge("policy.s3-fifo", 1);
    return AURELIS_OK;
}

}  // namespace aurelis::memory
