// Sections that every backend passes: round trips, removal, misses, flags, sizes, life cycle.
#include "sections.hpp"

#include <cstddef>
#include <cstring>

namespace aurelis::conformance {

void round_trips(Bench& bench) {
    Instance& store = bench.store();
    const std::string with_nuls("a\0b\0\0c", 6);
    const std::string keys[] = {"k", with_nuls, std::string(1, '\0'), std::string(65536, 'K'),
                                "\xff\xfe binary \x01"};
    const std::string values[] = {"", "v", with_nuls, pattern_of(4096, 1), pattern_of(1 << 20, 2)};
    for (const std::string& key : keys) {
        for (const std::string& value : values) {
            const aurelis_status status = store.set(key, value);
            // A store with a bound on sizes may refuse, but then holds nothing under the key.
            const bool refused = status == AURELIS_E_TOO_LARGE || status == AURELIS_NOT_STORED;
            AURELIS_EXPECT(status == AURELIS_OK || (refused && value.size() > 4096));
            if (refused)
                AURELIS_EXPECT(store.get(key).status == AURELIS_NOT_FOUND);
            else
                AURELIS_EXPECT(store.get(key).is(value));
        }
    }
    AURELIS_EXPECT(store.get(std::string_view("a\0b", 3)).status == AURELIS_NOT_FOUND);
}

void overwrites_and_removals(Bench& bench) {
    Instance& store = bench.store();
    AURELIS_EXPECT(store.remove("key") == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(store.set("key", "one") == AURELIS_OK);
    AURELIS_EXPECT(store.set("key", "a longer second value") == AURELIS_OK);
    AURELIS_EXPECT(store.get("key").is("a longer second value"));
    AURELIS_EXPECT(store.set("other", "stays") == AURELIS_OK);
    AURELIS_EXPECT(store.remove("key") == AURELIS_OK);
    AURELIS_EXPECT(store.get("key").status == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(store.remove("key") == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(store.get("other").is("stays"));
    AURELIS_EXPECT(store.set("key", "") == AURELIS_OK);
    AURELIS_EXPECT(store.get("key").is(""));
}

void misses_leave_out_alone(Bench& bench) {
    Instance& store = bench.store();
    aurelis_entry entry;
    std::memset(static_cast<void*>(&entry), 0x5a, sizeof entry);
    aurelis_entry before;
    std::memcpy(static_cast<void*>(&before), &entry, sizeof entry);
    aurelis_call call = store.call();
    const aurelis_key key = store.key("nothing here");
    AURELIS_EXPECT(store.ops().get(store.store(), &call, &key, &entry) == AURELIS_NOT_FOUND);
    if (store.has(AURELIS_CAP_LEASE)) before.meta.version = entry.meta.version;
    AURELIS_EXPECT(std::memcmp(static_cast<const void*>(&before), &entry, sizeof entry) == 0);
}

void unknown_flags(Bench& bench) {
    Instance& store = bench.store();
    constexpr uint32_t kIgnorable = 1u << 22, kMustKnow = 1u << 30;
    AURELIS_EXPECT(store.set("key", "value", {}, nullptr, kIgnorable) == AURELIS_OK);
    SetOptions odd;
    odd.flags = kIgnorable;
    AURELIS_EXPECT(store.set("key", "value", odd) == AURELIS_OK);
    AURELIS_EXPECT(store.get("key", kIgnorable).is("value"));
    odd.flags = kMustKnow;
    AURELIS_EXPECT(store.set("key", "changed", odd) == AURELIS_E_UNSUPPORTED);
    AURELIS_EXPECT(store.set("key", "changed", {}, nullptr, kMustKnow) == AURELIS_E_UNSUPPORTED);
    AURELIS_EXPECT(store.get("key", kMustKnow).status == AURELIS_E_UNSUPPORTED);
    AURELIS_EXPECT(store.remove("key", kMustKnow) == AURELIS_E_UNSUPPORTED);
    if (store.ops().touch != nullptr)
        AURELIS_EXPECT(store.touch("key", bench.host.now_wall() + kSecond, kMustKnow) == AURELIS_E_UNSUPPORTED);
    AURELIS_EXPECT(store.get("key").is("value"));
}

// A match of a later version: anything beyond today's members must be zero or is refused.
void unknown_conditions(Bench& bench) {
    Instance& store = bench.store();
    struct Later {
        aurelis_match known{};
        uint64_t condition = 0;
    } match;
    match.known.struct_size = sizeof match;
    AURELIS_EXPECT(store.set("key", "value") == AURELIS_OK);
    for (const uint64_t condition : {0u, 1u}) {
        match.condition = condition;
        if (store.ops().scan != nullptr) {
            aurelis_scan scan{};
            scan.struct_size = sizeof scan;
            scan.match = &match.known;
            aurelis_call call = store.call();
            const auto visit = [](void*, const aurelis_key*, const aurelis_entry*) noexcept -> uint32_t { return 1; };
            const aurelis_status status = store.ops().scan(store.store(), &call, &scan, visit, nullptr);
            AURELIS_EXPECT(status == AURELIS_E_UNSUPPORTED || (condition == 0 && status == AURELIS_OK));
            if (status == AURELIS_OK) aurelis_buf_release(&scan.next);
        }
        if (store.ops().remove_matching == nullptr || condition == 0) continue;
        uint64_t removed = 0;
        aurelis_call call = store.call();
        AURELIS_EXPECT(store.ops().remove_matching(store.store(), &call, &match.known, &removed) ==
                       AURELIS_E_UNSUPPORTED);
        AURELIS_EXPECT(store.get("key").is("value"));
    }
}

void pinned_values_outlive(Bench& bench) {
    std::unique_ptr<Instance> store = bench.take();
    const std::string value = pattern_of(5000, 7);
    AURELIS_EXPECT(store->set("overwritten", value) == AURELIS_OK);
    AURELIS_EXPECT(store->set("removed", value) == AURELIS_OK);
    AURELIS_EXPECT(store->set("kept", value) == AURELIS_OK);
    const Got overwritten = store->get("overwritten"), removed = store->get("removed"),
              kept = store->get("kept");
    store->set("overwritten", pattern_of(5000, 8));
    store->remove("removed");
    AURELIS_EXPECT(overwritten.is(value));
    AURELIS_EXPECT(removed.is(value));
    store.reset();
    AURELIS_EXPECT(overwritten.is(value));
    AURELIS_EXPECT(removed.is(value));
    AURELIS_EXPECT(kept.is(value));
    const Pinned shared = kept.value.share();
    AURELIS_EXPECT(shared.view() == value);
}

void sizes_are_sane(Bench& bench) {
    Instance& store = bench.store();
    const auto grew_to = [&](uint64_t entries) {
        const uint64_t told = store.size().entries;
        return told == UINT64_MAX || told == entries;
    };
    AURELIS_EXPECT(grew_to(0));
    for (int i = 0; i < 50; ++i)
        AURELIS_EXPECT(store.set("key" + std::to_string(i), pattern_of(100, i)) == AURELIS_OK);
    AURELIS_EXPECT(grew_to(50));
    const aurelis_size full = store.size();
    AURELIS_EXPECT(full.bytes == UINT64_MAX || full.bytes >= 50u * 100);
    AURELIS_EXPECT(full.bytes == UINT64_MAX || full.capacity_bytes == UINT64_MAX ||
                   full.bytes <= full.capacity_bytes);
    store.set("key0", "overwritten");
    AURELIS_EXPECT(grew_to(50));
    store.remove("key0");
    AURELIS_EXPECT(grew_to(49));
    // A caller of an older version has a smaller struct: nothing is written beyond it, and the filled size is reported.
    if (store.ops().size != nullptr) {
        aurelis_size small{sizeof(aurelis_size), 0, 7, 7, 7, 7};
        small.struct_size = offsetof(aurelis_size, bytes);
        aurelis_call call = store.call();
        const aurelis_status status = store.ops().size(store.store(), &call, &small);
        AURELIS_EXPECT(status != AURELIS_OK || small.struct_size <= offsetof(aurelis_size, bytes));
        AURELIS_EXPECT(small.bytes == 7 && small.capacity_entries == 7 && small.capacity_bytes == 7);
        // One of a later version has a larger struct: what is not filled must not be reported as filled.
        struct {
            aurelis_size known;
            uint64_t later;
        } large{{sizeof large, 0, 0, 0, 0, 0}, 7};
        const aurelis_status told = store.ops().size(store.store(), &call, &large.known);
        AURELIS_EXPECT(told != AURELIS_OK || (large.known.struct_size <= sizeof(aurelis_size) && large.later == 7));
    }
    for (const auto& [name, value] : store.stats()) AURELIS_EXPECT(!name.empty() && value == value);
}

void reopens_and_flushes(Bench& bench) {
    AURELIS_EXPECT(bench.store().set("before", "value") == AURELIS_OK);
    aurelis_call call = bench.store().call();
    if (bench.store().ops().flush != nullptr)
        AURELIS_EXPECT(bench.store().ops().flush(bench.store().store(), &call) == AURELIS_OK);
    bench.close();
    bench.reopen();
    if (!bench.ready()) return;
    AURELIS_EXPECT(bench.store().set("after", "value") == AURELIS_OK);
    AURELIS_EXPECT(bench.store().get("after").is("value"));
}

}  // namespace aurelis::conformance
