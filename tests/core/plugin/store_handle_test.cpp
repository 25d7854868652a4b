// Covers: core/plugin/host_services.cpp, core/plugin/limited_table.cpp, core/plugin/store_limits.cpp
#include "plugin/store_handle.hpp"

#include "support/catch.hpp"
#include "support/manual_clock.hpp"
#include "support/test_backend.hpp"

#include <thread>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

// A map that records what it was sent; keys that begin with "bad" are refused with a text.
struct Picky {
    static constexpr uint64_t kCaps = AURELIS_CAP_META;

    static inline aurelis_limits limited{};
    static inline std::map<std::string, aurelis_write> rows;
    static inline std::vector<size_t> batches;
    static inline size_t longest_key = 0;

    static void forget() {
        limited = {};
        rows.clear();
        batches.clear();
        longest_key = 0;
    }
    static Result<std::unique_ptr<Picky>> create(const plugin::Setup&) { return std::make_unique<Picky>(); }
    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
        const std::string name = seen(key);
        if (name.starts_with("bad")) return plugin::report(call, AURELIS_E_INVALID, "refused: " + name);
        const auto row = rows.find(name);
        if (row == rows.end()) return AURELIS_NOT_FOUND;
        *out = aurelis_entry{};
        out->value = borrowed("v");
        out->meta = row->second.meta;
        return AURELIS_OK;
    }
    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t* version) {
        const std::string name = seen(key);
        if (name.starts_with("bad")) return plugin::report(call, AURELIS_E_INVALID, "refused: " + name);
        rows[name] = write;
        if (version != nullptr) *version = 100 + rows.size();
        return AURELIS_OK;
    }
    aurelis_status remove(aurelis_call*, const aurelis_key& key) {
        return rows.erase(seen(key)) != 0 ? AURELIS_OK : AURELIS_NOT_FOUND;
    }
    void limits(aurelis_limits& out) { out = limited; }

private:
    static std::string seen(const aurelis_key& key) {
        longest_key = std::max(longest_key, key.size);
        return {static_cast<const char*>(key.data), key.size};
    }
};

// The same with batches of its own.
struct PickyBatches : Picky {
    static Result<std::unique_ptr<PickyBatches>> create(const plugin::Setup&) {
        return std::make_unique<PickyBatches>();
    }
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t n, aurelis_entry* out) {
        batches.push_back(n);
        bool partial = false;
        for (size_t i = 0; i < n; ++i) {
            out[i].status = get(nullptr, keys[i], &out[i]);
            if (out[i].status < 0) tell(call, i, keys[i]), partial = true;
        }
        return partial ? AURELIS_PARTIAL : AURELIS_OK;
    }
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                               aurelis_status* each, uint64_t* versions) {
        batches.push_back(n);
        if (n > 1 && view(writes[0].value) == "down") return plugin::report(call, AURELIS_E_UNAVAILABLE, "away");
        bool partial = false;
        for (size_t i = 0; i < n; ++i) {
            each[i] = set(nullptr, keys[i], writes[i], versions != nullptr ? &versions[i] : nullptr);
            if (each[i] < 0) tell(call, i, keys[i]), partial = true;
        }
        return partial ? AURELIS_PARTIAL : AURELIS_OK;
    }

private:
    static void tell(aurelis_call* call, size_t item, const aurelis_key& key) {
        const std::string why = "refused: " + std::string(static_cast<const char*>(key.data), key.size);
        aurelis_item_error(call, item, AURELIS_E_INVALID, why.data(), why.size());
    }
};

template <typename T>
struct Handled {
    ManualClock clock;
    Runtime runtime{clock.table(), [](void*, uint32_t, const char*, size_t) noexcept {}, nullptr, 0};
    CallContext context;
    std::unique_ptr<StoreHandle> handle;

    explicit Handled(aurelis_limits limits = {}) {
        static const aurelis_component component = plugin::backend<T>("picky", "For tests.");
        static const PluginModule module{"test.so", "", nullptr};
        Picky::forget();
        Picky::limited = limits;
        Node none;
        none.kind = Node::Kind::Map;
        auto made = StoreHandle::start(runtime, {&module, &component}, "picky", none);
        REQUIRE(made);
        handle = std::move(made).value();
        context.call.now_wall = clock.now();
    }
    ~Handled() {
        handle.reset();
        runtime.tasks.stop();
    }
    aurelis_status set(const std::string& name, std::string_view value, int64_t expires = 0) {
        aurelis_write write{};
        write.value = borrowed(value);
        write.meta.expires_wall = expires;
        const aurelis_key key{name.data(), name.size(), 0, nullptr};
        return handle->ops().set(handle->store(), &context.call, &key, &write, nullptr);
    }
    aurelis_status write(const std::vector<std::string>& names, std::vector<aurelis_status>& each,
                         std::vector<uint64_t>* versions = nullptr, std::string_view value = "v") {
        std::vector<aurelis_key> keys;
        for (const std::string& name : names) keys.push_back({name.data(), name.size(), 0, nullptr});
        std::vector<aurelis_write> writes(names.size());
        for (aurelis_write& one : writes) one.value = borrowed(value);
        each.assign(names.size(), 77);
        if (versions != nullptr) versions->assign(names.size(), 0);
        return handle->ops().multi_write(handle->store(), &context.call, keys.data(), writes.data(), keys.size(),
                                         each.data(), versions != nullptr ? versions->data() : nullptr);
    }
    std::vector<aurelis_status> get(const std::vector<std::string>& names, aurelis_status& all) {
        std::vector<aurelis_key> keys;
        for (const std::string& name : names) keys.push_back({name.data(), name.size(), 0, nullptr});
        std::vector<aurelis_entry> found(names.size());
        all = handle->ops().multi_get(handle->store(), &context.call, keys.data(), keys.size(), found.data());
        std::vector<aurelis_status> each;
        for (const aurelis_entry& entry : found) each.push_back(entry.status);
        return each;
    }
    uint64_t counted(LimitCounter counter) { return handle->limits().counted(counter); }
};

aurelis_limits limits_of(uint64_t key_max, uint64_t value_max, uint64_t batch_max, int64_t ttl_max_ns) {
    return {sizeof(aurelis_limits), 0, key_max, value_max, batch_max, ttl_max_ns};
}

}  // namespace

TEST_CASE("store handle: loops give each item of a batch its error text and each set its version") {
    Handled<Picky> picky;
    std::vector<aurelis_status> each;
    std::vector<uint64_t> versions;
    CHECK(picky.write({"a", "bad1", "b", "bad2"}, each, &versions) == AURELIS_PARTIAL);
    CHECK(each == std::vector<aurelis_status>{AURELIS_OK, AURELIS_E_INVALID, AURELIS_OK, AURELIS_E_INVALID});
    CHECK(versions == std::vector<uint64_t>{101, 0, 102, 0});
    CHECK(picky.context.error_of(1, "none") == "refused: bad1");
    CHECK(picky.context.error_of(3, "none") == "refused: bad2");
    CHECK(picky.context.error_of(0, "none") == "none");
    CHECK(picky.context.error.empty());  // That would speak for the items that have no text.
    picky.context.item_errors.clear();
    aurelis_status all = AURELIS_OK;
    picky.get({"bad3", "a"}, all);
    CHECK(all == AURELIS_PARTIAL);
    CHECK(picky.context.error_of(0, "none") == "refused: bad3");
}

TEST_CASE("store handle: a batch is cut to what the store takes, and items keep their numbers") {
    Handled<PickyBatches> picky(limits_of(0, 0, 3, 0));
    std::vector<aurelis_status> each;
    std::vector<uint64_t> versions;
    CHECK(picky.write({"a", "b", "c", "d", "bad", "f", "g"}, each, &versions) == AURELIS_PARTIAL);
    CHECK(Picky::batches == std::vector<size_t>{3, 3, 1});
    CHECK(each[4] == AURELIS_E_INVALID);
    CHECK(each[6] == AURELIS_OK);
    CHECK(picky.context.error_of(4, "none") == "refused: bad");
    CHECK(versions == std::vector<uint64_t>{101, 102, 103, 104, 0, 105, 106});
    CHECK(picky.counted(kBatchesCut) == 1);

    Picky::batches.clear();
    aurelis_status all = AURELIS_E_FAILED;
    CHECK(picky.get({"a", "nobody", "c", "d"}, all) ==
          std::vector<aurelis_status>{AURELIS_OK, AURELIS_NOT_FOUND, AURELIS_OK, AURELIS_OK});
    CHECK(all == AURELIS_OK);
    CHECK(Picky::batches == std::vector<size_t>{3, 1});

    // A part that fails as a whole fails only its items; if there is only one part, it fails the batch.
    CHECK(picky.write({"a", "b", "c", "d"}, each, nullptr, "down") == AURELIS_PARTIAL);
    CHECK(each == std::vector<aurelis_status>{AURELIS_E_UNAVAILABLE, AURELIS_E_UNAVAILABLE, AURELIS_E_UNAVAILABLE,
                                              AURELIS_OK});
    CHECK(picky.write({"a", "b"}, each, nullptr, "down") == AURELIS_E_UNAVAILABLE);
}

TEST_CASE("store handle: a key that is too long reaches no function of the store") {
    Handled<PickyBatches> picky(limits_of(4, 0, 0, 0));
    CHECK(picky.set("1234", "v") == AURELIS_OK);
    CHECK(picky.set("12345", "v") == AURELIS_E_TOO_LARGE);
    CHECK(picky.context.error.find("the key has 5 bytes, the store takes at most 4") != std::string::npos);
    const std::string longer = "12345";
    const aurelis_key key{longer.data(), longer.size(), 0, nullptr};
    aurelis_entry entry{};
    const aurelis_store_ops& ops = picky.handle->ops();
    CHECK(ops.get(picky.handle->store(), &picky.context.call, &key, &entry) == AURELIS_NOT_FOUND);
    CHECK(ops.remove(picky.handle->store(), &picky.context.call, &key) == AURELIS_NOT_FOUND);
    CHECK(ops.touch(picky.handle->store(), &picky.context.call, &key, 5) == AURELIS_NOT_FOUND);
    std::vector<aurelis_status> each;
    CHECK(picky.write({"ab", "abcde", "bad"}, each) == AURELIS_PARTIAL);
    CHECK(each == std::vector<aurelis_status>{AURELIS_OK, AURELIS_E_TOO_LARGE, AURELIS_E_INVALID});
    CHECK(picky.context.error_of(1, "none").find("the key has 5 bytes") == 0);
    CHECK(picky.context.error_of(2, "none") == "refused: bad");
    aurelis_status all = AURELIS_E_FAILED;
    CHECK(picky.get({"abcde", "ab"}, all) == std::vector<aurelis_status>{AURELIS_NOT_FOUND, AURELIS_OK});
    CHECK(all == AURELIS_OK);
    CHECK(Picky::longest_key == 4);
    CHECK(picky.counted(kKeysRefused) == 2);
}

TEST_CASE("store handle: values and lives keep to the limits") {
    Handled<Picky> picky(limits_of(0, 8, 0, 1000));
    const int64_t now = picky.clock.now();
    CHECK(picky.set("whole", "12345678") == AURELIS_OK);
    CHECK(picky.set("large", "123456789") == AURELIS_E_TOO_LARGE);
    CHECK(picky.context.error.find("the value has 9 bytes") != std::string::npos);
    CHECK(Picky::rows.count("large") == 0);
    CHECK(picky.counted(kValuesRefused) == 1);
    CHECK(Picky::rows["whole"].meta.expires_wall == now + 1000);  // Never is too long, too.
    CHECK(picky.set("short", "v", now + 999) == AURELIS_OK);
    CHECK(Picky::rows["short"].meta.expires_wall == now + 999);
    CHECK(picky.set("long", "v", now + 1001) == AURELIS_OK);
    CHECK(Picky::rows["long"].meta.expires_wall == now + 1000);
    CHECK(picky.counted(kLivesShortened) == 2);
    std::vector<aurelis_status> each;
    CHECK(picky.write({"a"}, each, nullptr, "123456789") == AURELIS_PARTIAL);
    CHECK(each[0] == AURELIS_E_TOO_LARGE);
    CHECK(picky.context.error_of(0, "none").find("the value has 9 bytes") == 0);
}

TEST_CASE("call derive: a longer call than the plugin knows comes along whole, and errors go back from any thread") {
    Handled<Picky> picky;
    // A call of a newer host, as large as there is room for.
    aurelis_call_room newer{};
    newer.call = picky.context.call;
    newer.call.struct_size = sizeof newer;
    newer.call.trace_id[0] = 7;
    newer.call.trace_flags = 1;
    const uint32_t cancel = 0;
    newer.call.cancel = &cancel;
    newer.room[31] = 0x1234567890abcdef;
    aurelis_call_room derived{};
    std::memset(static_cast<void*>(&derived), 0x55, sizeof derived);
    const aurelis_host* const host = picky.handle->services().table();
    host->call_derive(host, &newer.call, &derived);
    CHECK(std::memcmp(&newer, &derived, sizeof newer) == 0);
    // One of an older host: what it does not have is zero.
    aurelis_call_room older{};
    picky.context.call.struct_size = offsetof(aurelis_call, cancel);
    picky.context.call.cancel = &cancel;
    std::memset(static_cast<void*>(&older), 0x55, sizeof older);
    host->call_derive(host, &picky.context.call, &older);
    CHECK(older.call.struct_size == offsetof(aurelis_call, cancel));
    CHECK(older.call.cancel == nullptr);
    CHECK(older.room[31] == 0);

    picky.context.call.struct_size = sizeof(aurelis_call);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            aurelis_call_room own;
            host->call_derive(host, &picky.context.call, &own);
            for (int j = 0; j < 100; ++j) own.call.set_error(&own.call, AURELIS_E_FAILED, "from a thread", 13);
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(picky.context.error == "from a thread");
}

TEST_CASE("call ended: the caller's flag, then the deadline") {
    Handled<Picky> picky;
    const aurelis_host* const host = picky.handle->services().table();
    aurelis_call& call = picky.context.call;
    CHECK(aurelis_call_ended(nullptr, host) == AURELIS_OK);
    CHECK(aurelis_call_ended(&call, host) == AURELIS_OK);
    call.deadline_mono = picky.runtime.clock.mono() + 10;
    CHECK(aurelis_call_ended(&call, host) == AURELIS_OK);
    picky.clock.advance(10);
    CHECK(aurelis_call_ended(&call, host) == AURELIS_E_TIMEOUT);
    uint32_t cancel = 0;
    call.cancel = &cancel;
    CHECK(aurelis_call_ended(&call, host) == AURELIS_E_TIMEOUT);
    cancel = 1;
    CHECK(aurelis_call_ended(&call, host) == AURELIS_E_CANCELLED);
}

TEST_CASE("call init: an instance's own calls are cancelled when it is stopped") {
    ManualClock clock;
    Runtime runtime{clock.table(), [](void*, uint32_t, const char*, size_t) noexcept {}, nullptr, 0};
    HostServices services(runtime, "one", nullptr);
    aurelis_call call{};
    call.struct_size = sizeof call;
    services.table()->call_init(services.table(), &call);
    CHECK(aurelis_call_ended(&call, services.table()) == AURELIS_OK);
    services.cancel_calls();
    CHECK(aurelis_call_ended(&call, services.table()) == AURELIS_E_CANCELLED);
    runtime.tasks.stop();
}
