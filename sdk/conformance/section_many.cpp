// Sections about many keys at once: batches, scans, removals by condition.
#include "sections.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

namespace aurelis::conformance {

namespace {

constexpr int kKeys = 700;

std::string numbered(const char* stem, int i) { return stem + std::to_string(i); }

struct Shown {
    std::multiset<std::string> keys;
    std::map<std::string, std::string> values;
    size_t stop_after = SIZE_MAX;
    size_t in_this_page = 0;
};

uint32_t show(void* user, const aurelis_key* key, const aurelis_entry* entry) noexcept {
    auto& shown = *static_cast<Shown*>(user);
    std::string text(static_cast<const char*>(key->data), key->size);
    if (entry != nullptr) shown.values[text] = std::string(view(entry->value));
    shown.keys.insert(std::move(text));
    return ++shown.in_this_page < shown.stop_after;
}

// One whole scan, page after page; false if a page fails or the scan does not end.
bool scan_all(Instance& store, const aurelis_match* match, uint64_t page_hint, uint32_t flags, Shown& shown) {
    Pinned resume;
    for (int pages = 0; pages < 100 * kKeys; ++pages) {
        aurelis_scan scan{};
        scan.struct_size = sizeof scan;
        scan.flags = flags;
        scan.match = match;
        scan.page_hint = page_hint;
        scan.after = {resume.raw().data, resume.raw().size};
        shown.in_this_page = 0;
        aurelis_call call = store.call();
        if (store.ops().scan(store.store(), &call, &scan, &show, &shown) != AURELIS_OK) return false;
        resume = Pinned(scan.next);
        if (resume.size() == 0) return true;
    }
    return false;
}

aurelis_match matching(std::string_view prefix, std::string_view pattern) {
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.prefix = bytes(prefix);
    match.pattern = bytes(pattern);
    return match;
}

std::string tagged(std::string_view tag) {
    std::string attrs(4 + tag.size(), '\0');
    aurelis_attr_put(attrs.data(), attrs.size(), AURELIS_ATTR_TAG, bytes(tag));
    return attrs;
}

// Three groups: a:0..9, b:0..9 (tagged, where the store keeps tags), and one larger value.
void fill_groups(Bench& bench) {
    const std::string tag = tagged("red");
    SetOptions red;
    red.attrs = tag;
    red.entry_flags = AURELIS_ENTRY_TAGGED;
    red.created_wall = bench.host.now_wall();
    SetOptions plain;
    plain.created_wall = bench.host.now_wall() - kSecond;
    for (int i = 0; i < 10; ++i) {
        AURELIS_EXPECT(bench.store().set(numbered("a:", i), "v", plain) == AURELIS_OK);
        AURELIS_EXPECT(bench.store().set(numbered("b:", i), "v", red) == AURELIS_OK);
    }
    AURELIS_EXPECT(bench.store().set("large", pattern_of(2000, 1), red) == AURELIS_OK);
}

struct Expectation {
    const char* what;
    aurelis_match match;
    size_t count;
    uint64_t caps;
};

std::vector<Expectation> expectations(int64_t now) {
    const auto changed = [](auto change) {
        aurelis_match match = matching("", "");
        change(match);
        return match;
    };
    return {{"prefix", matching("a:", ""), 10, 0},
            {"pattern", matching("", "?:[0-4]"), 10, 0},
            {"escaped star", matching("", "a:\\*"), 0, 0},
            {"negated set", matching("", "*:[!0-4]"), 10, 0},
            {"prefix and pattern", matching("b:", "*7"), 1, 0},
            {"tag", changed([](auto& m) { m.tag = bytes("red"); }), 11, AURELIS_CAP_META},
            {"created before", changed([&](auto& m) { m.created_before = now; }), 10, AURELIS_CAP_META},
            {"created beyond", changed([&](auto& m) {
                 m.created_before = now - kSecond;
                 m.created_beyond = now - kSecond / 2;
             }),
             11, AURELIS_CAP_META},
            {"larger", changed([](auto& m) { m.larger_than = 1000; }), 1, AURELIS_CAP_META},
            {"tag and prefix", changed([](auto& m) {
                 m.tag = bytes("red");
                 m.prefix = bytes("b:");
             }),
             10, AURELIS_CAP_META}};
}

}  // namespace

void batches_equal_loops(Bench& bench) {
    Instance& store = bench.store();
    if (store.ops().multi_get == nullptr || store.ops().multi_write == nullptr) return;
    std::vector<std::string> texts;
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    for (int i = 0; i < kKeys; ++i) texts.push_back(numbered("key", i));
    for (int i = 0; i < kKeys; ++i) {
        store.set(texts[i], "old");
        SetOptions options;
        options.flags = i % 3 == 0 ? uint32_t{AURELIS_SET_REMOVE} : 0u;
        keys.push_back(store.key(texts[i]));
        writes.push_back(Instance::write(texts[i], options));
    }
    aurelis_call call = store.call();
    std::vector<aurelis_status> each(kKeys, AURELIS_E_FAILED);
    std::vector<uint64_t> versions(kKeys, 0);
    AURELIS_EXPECT(store.ops().multi_write(store.store(), &call, keys.data(), writes.data(), kKeys,
                                           each.data(), versions.data()) == AURELIS_OK);
    AURELIS_EXPECT(
        std::all_of(each.begin(), each.end(), [](aurelis_status one) { return one == AURELIS_OK; }));
    std::vector<aurelis_entry> out(kKeys);
    AURELIS_EXPECT(store.ops().multi_get(store.store(), &call, keys.data(), kKeys, out.data()) == AURELIS_OK);
    for (int i = 0; i < kKeys; ++i) {
        const Got single = store.get(texts[i]);
        AURELIS_EXPECT(single.status == (i % 3 == 0 ? AURELIS_NOT_FOUND : AURELIS_OK));
        AURELIS_EXPECT(out[i].status == single.status);
        AURELIS_EXPECT(out[i].meta.version == single.meta.version);
        if (out[i].status != AURELIS_OK) continue;
        if (store.has(AURELIS_CAP_CAS)) AURELIS_EXPECT(versions[i] == single.meta.version);
        const Pinned value(out[i].value);
        AURELIS_EXPECT(value.view() == texts[i] && single.is(texts[i]));
    }
    AURELIS_EXPECT(store.ops().multi_write(store.store(), &call, keys.data(), writes.data(), 1,
                                           each.data(), nullptr) == AURELIS_OK);
    AURELIS_EXPECT(each[0] == AURELIS_NOT_FOUND);
    if (!store.has(AURELIS_CAP_CAS)) return;
    writes[0].flags = AURELIS_SET_IF_PRESENT;
    AURELIS_EXPECT(store.ops().multi_write(store.store(), &call, keys.data(), writes.data(), 2,
                                           each.data(), nullptr) == AURELIS_PARTIAL);
    AURELIS_EXPECT(each[0] == AURELIS_CONFLICT && each[1] == AURELIS_OK);
}

void scans_resume(Bench& bench) {
    Instance& store = bench.store();
    Shown none;
    AURELIS_EXPECT(scan_all(store, nullptr, 0, 0, none) && none.keys.empty());
    for (int i = 0; i < kKeys; ++i)
        AURELIS_EXPECT(store.set(numbered("key", i), numbered("value", i)) == AURELIS_OK);
    for (const uint64_t hint : {0, 1, 7, 5000}) {
        for (const size_t stop_after : {size_t{1}, size_t{3}, SIZE_MAX}) {
            Shown shown;
            shown.stop_after = stop_after;
            AURELIS_EXPECT(scan_all(store, nullptr, hint, AURELIS_SCAN_ENTRIES, shown));
            AURELIS_EXPECT(shown.values.size() == kKeys);
            AURELIS_EXPECT(shown.values["key5"] == "value5");
        }
    }
}

void scans_under_writes(Bench& bench) {
    Instance& store = bench.store();
    for (int i = 0; i < kKeys; ++i) AURELIS_EXPECT(store.set(numbered("steady", i), "v") == AURELIS_OK);
    std::atomic<bool> ends{false};
    std::thread writer([&] {
        for (int i = 0; !ends.load(); ++i) {
            store.set(numbered("passing", i % 5000), "v");
            store.remove(numbered("passing", (i * 7) % 5000));
            store.set(numbered("steady", i % kKeys), "again");
        }
    });
    for (int round = 0; round < 5; ++round) {
        Shown shown;
        AURELIS_EXPECT(scan_all(store, nullptr, 50, 0, shown));
        size_t missed = 0;
        for (int i = 0; i < kKeys; ++i) missed += shown.keys.count(numbered("steady", i)) == 0;
        AURELIS_EXPECT(missed == 0);
    }
    ends = true;
    writer.join();
}

void scans_by_condition(Bench& bench) {
    fill_groups(bench);
    for (const Expectation& one : expectations(bench.host.now_wall())) {
        if (!bench.store().has(one.caps)) continue;
        Shown shown;
        const bool ended = scan_all(bench.store(), &one.match, 4, 0, shown);
        const std::set<std::string> distinct(shown.keys.begin(), shown.keys.end());
        bench.judge.check(ended && distinct.size() == one.count, one.what, __FILE__, __LINE__);
    }
}

void removes_by_condition(Bench& bench) {
    Instance& store = bench.store();
    if (store.ops().remove_matching == nullptr) return;
    for (const Expectation& one : expectations(bench.host.now_wall())) {
        if (!store.has(one.caps)) continue;
        aurelis_match everything = matching("", "");
        uint64_t removed = 0;
        aurelis_call call = store.call();
        AURELIS_EXPECT(store.ops().remove_matching(store.store(), &call, &everything, &removed) ==
                       AURELIS_OK);
        fill_groups(bench);
        const aurelis_status status = store.ops().remove_matching(store.store(), &call, &one.match, &removed);
        if (status == AURELIS_E_UNSUPPORTED) continue;
        bench.judge.check(status == AURELIS_OK && (removed == UINT64_MAX || removed == one.count), one.what,
                          __FILE__, __LINE__);
        size_t left = 0;
        for (const char* stem : {"a:", "b:"}) {
            for (int i = 0; i < 10; ++i) left += store.get(numbered(stem, i)).status == AURELIS_OK;
        }
        left += store.get("large").status == AURELIS_OK;
        bench.judge.check(left == 21 - one.count, one.what, __FILE__, __LINE__);
    }
}

}  // namespace aurelis::conformance
