// Sections of single capabilities: conditions, leases, expiry, meta, persistence, sharing.
#include "sections.hpp"

namespace aurelis::conformance {

namespace {

SetOptions with_flags(uint32_t flags, uint64_t if_version = 0) {
    SetOptions options;
    options.flags = flags;
    options.if_version = if_version;
    return options;
}

SetOptions until(int64_t expires_wall) {
    SetOptions options;
    options.expires_wall = expires_wall;
    return options;
}

std::string attributes() {
    std::string attrs(64, '\0');
    size_t used = aurelis_attr_put(attrs.data(), attrs.size(), AURELIS_ATTR_TAG, bytes("red"));
    used += aurelis_attr_put(attrs.data() + used, attrs.size() - used, 250,
                             bytes(std::string_view("un\0known", 8)));
    attrs.resize(used);
    return attrs;
}

}  // namespace

void conditions(Bench& bench) {
    Instance& store = bench.store();
    AURELIS_EXPECT(store.set("key", "no", with_flags(AURELIS_SET_IF_PRESENT)) == AURELIS_CONFLICT);
    AURELIS_EXPECT(store.get("key").status == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(store.set("key", "one", with_flags(AURELIS_SET_IF_ABSENT)) == AURELIS_OK);
    AURELIS_EXPECT(store.set("key", "no", with_flags(AURELIS_SET_IF_ABSENT)) == AURELIS_CONFLICT);
    AURELIS_EXPECT(store.get("key").is("one"));
    AURELIS_EXPECT(store.set("key", "two", with_flags(AURELIS_SET_IF_PRESENT)) == AURELIS_OK);
    const uint64_t version = store.get("key").meta.version;
    AURELIS_EXPECT(version != 0);
    uint64_t next = 0;
    AURELIS_EXPECT(store.set("key", "three", with_flags(AURELIS_SET_IF_VERSION, version), &next) ==
                   AURELIS_OK);
    AURELIS_EXPECT(next != version && next == store.get("key").meta.version);
    AURELIS_EXPECT(store.set("key", "no", with_flags(AURELIS_SET_IF_VERSION, version)) == AURELIS_CONFLICT);
    AURELIS_EXPECT(store.set("key", "no", with_flags(AURELIS_SET_IF_VERSION, 0)) == AURELIS_CONFLICT);
    AURELIS_EXPECT(store.get("key").is("three"));
    store.remove("key");
    AURELIS_EXPECT(store.set("key", "no", with_flags(AURELIS_SET_IF_VERSION, next)) == AURELIS_CONFLICT);
    AURELIS_EXPECT(store.get("key").status == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(
        store.set("fresh", "one", with_flags(AURELIS_SET_IF_VERSION, store.get("fresh").meta.version)) ==
        AURELIS_OK);
}

void leases(Bench& bench) {
    Instance& store = bench.store();
    const auto fill = [&](uint64_t version) {
        return store.set("key", "loaded", with_flags(AURELIS_SET_IF_VERSION | AURELIS_SET_FILL, version));
    };
    const uint64_t unheard = store.get("key").meta.version;
    store.remove("key");
    AURELIS_EXPECT(store.get("key").meta.version != unheard);
    AURELIS_EXPECT(fill(unheard) == AURELIS_CONFLICT);
    AURELIS_EXPECT(fill(0) == AURELIS_CONFLICT);
    AURELIS_EXPECT(store.get("key").status == AURELIS_NOT_FOUND);
    const uint64_t removed = store.get("key").meta.version;
    AURELIS_EXPECT(fill(removed) == AURELIS_OK);
    AURELIS_EXPECT(store.get("key").is("loaded"));
    // A write and a removal in between, and the key is absent again: the old look-up must not be able to publish.
    store.remove("key");
    const uint64_t seen = store.get("key").meta.version;
    store.set("key", "newer");
    store.remove("key");
    AURELIS_EXPECT(fill(seen) == AURELIS_CONFLICT);
    // The same holds for a newer entry that has expired meanwhile.
    if (!store.has(AURELIS_CAP_EXPIRY)) return;
    const uint64_t before = store.get("key").meta.version;
    store.set("key", "newer", until(bench.host.now_wall() + kSecond));
    bench.host.advance(2 * kSecond);
    AURELIS_EXPECT(fill(before) == AURELIS_CONFLICT);
    AURELIS_EXPECT(fill(store.get("key").meta.version) == AURELIS_OK);
}

void expiry(Bench& bench) {
    Instance& store = bench.store();
    const int64_t begin = bench.host.now_wall();
    AURELIS_EXPECT(store.set("short", "value", until(begin + 10 * kSecond)) == AURELIS_OK);
    AURELIS_EXPECT(store.set("touched", "value", until(begin + 10 * kSecond)) == AURELIS_OK);
    AURELIS_EXPECT(store.set("forever", "value") == AURELIS_OK);
    SetOptions stale;
    stale.stale_wall = begin + kSecond;
    stale.expires_wall = begin + 100 * kSecond;
    AURELIS_EXPECT(store.set("stale", "value", stale) == AURELIS_OK);
    bench.host.advance(9 * kSecond);
    AURELIS_EXPECT(store.get("short").is("value"));
    AURELIS_EXPECT(store.get("stale").is("value"));
    const uint64_t version = store.get("touched").meta.version;
    AURELIS_EXPECT(store.touch("touched", begin + 50 * kSecond) == AURELIS_OK);
    AURELIS_EXPECT(store.get("touched").meta.version == version);
    AURELIS_EXPECT(store.touch("nothing", begin + 50 * kSecond) == AURELIS_NOT_FOUND);
    bench.host.advance(kSecond);
    AURELIS_EXPECT(store.get("short").status == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(store.touch("short", begin + 50 * kSecond) == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(store.remove("short") == AURELIS_NOT_FOUND);
    if (store.has(AURELIS_CAP_CAS)) {
        store.set("gone", "value", until(bench.host.now_wall() + kSecond));
        bench.host.advance(kSecond);
        AURELIS_EXPECT(store.set("gone", "no", with_flags(AURELIS_SET_IF_PRESENT)) == AURELIS_CONFLICT);
        AURELIS_EXPECT(store.set("gone", "new", with_flags(AURELIS_SET_IF_ABSENT)) == AURELIS_OK);
        AURELIS_EXPECT(store.get("gone").is("new"));
    }
    AURELIS_EXPECT(store.get("touched").is("value"));
    bench.host.advance(60 * kSecond);
    AURELIS_EXPECT(store.get("touched").status == AURELIS_NOT_FOUND);
    AURELIS_EXPECT(store.get("forever").is("value"));
}

void meta_and_attrs(Bench& bench) {
    Instance& store = bench.store();
    const std::string attrs = attributes();
    SetOptions options;
    options.created_wall = bench.host.now_wall() - 123'456'789;
    options.stale_wall = bench.host.now_wall() + 5 * kSecond;
    options.expires_wall = bench.host.now_wall() + 9 * kSecond;
    options.entry_flags = AURELIS_ENTRY_TAGGED | 1u << 20;
    options.cost = 4711;
    options.attrs = attrs;
    AURELIS_EXPECT(store.set("key", "value", options) == AURELIS_OK);
    const Got got = store.get("key");
    AURELIS_EXPECT(got.is("value"));
    AURELIS_EXPECT(got.meta.created_wall == options.created_wall);
    AURELIS_EXPECT(got.meta.stale_wall == options.stale_wall);
    AURELIS_EXPECT(got.meta.expires_wall == options.expires_wall);
    AURELIS_EXPECT(got.meta.flags == options.entry_flags);
    AURELIS_EXPECT(got.meta.cost == options.cost);
    AURELIS_EXPECT(got.attrs == attrs);
    AURELIS_EXPECT(store.set("key", "plain") == AURELIS_OK);
    AURELIS_EXPECT(store.get("key").attrs.empty());
}

void persistence(Bench& bench) {
    const std::string value = pattern_of(3000, 5);
    AURELIS_EXPECT(bench.store().set("kept", value) == AURELIS_OK);
    AURELIS_EXPECT(bench.store().set("removed", value) == AURELIS_OK);
    bench.store().remove("removed");
    bench.close();
    bench.reopen();
    if (!bench.ready()) return;
    AURELIS_EXPECT(bench.store().get("kept").is(value));
    AURELIS_EXPECT(bench.store().get("removed").status == AURELIS_NOT_FOUND);
}

void sharing(Bench& bench) {
    const std::unique_ptr<Instance> other = bench.open();
    if (other == nullptr) return;
    AURELIS_EXPECT(bench.store().set("key", "from the first") == AURELIS_OK);
    AURELIS_EXPECT(other->get("key").is("from the first"));
    AURELIS_EXPECT(other->set("key", "from the second") == AURELIS_OK);
    AURELIS_EXPECT(bench.store().get("key").is("from the second"));
    AURELIS_EXPECT(other->remove("key") == AURELIS_OK);
    AURELIS_EXPECT(bench.store().get("key").status == AURELIS_NOT_FOUND);
    if (!other->has(AURELIS_CAP_LEASE)) return;
    const uint64_t seen = other->get("key").meta.version;
    bench.store().remove("key");
    AURELIS_EXPECT(other->set("key", "late", with_flags(AURELIS_SET_IF_VERSION | AURELIS_SET_FILL, seen)) ==
                   AURELIS_CONFLICT);
}

}  // namespace aurelis::conformance
