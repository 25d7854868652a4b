// What the tests of the backend redis share: instances of the plugin over the servers of the rig.
#pragma once

#include "support/catch.hpp"
#include "support/plugin_host.hpp"
#include "support/redis/fault_proxy.hpp"
#include "support/redis/redis_server.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace redis_test {

using aurelis::rig::Endpoint;
using aurelis::rig::FaultProxy;
using aurelis::rig::RedisOptions;
using aurelis::rig::RedisServer;
using aurelis::rig::wait_until;
using aurelis::test::Got;
using aurelis::test::Instance;
using aurelis::test::kSecond;
using aurelis::test::OptionValues;
using aurelis::test::PluginHost;
using aurelis::test::SetOptions;
using std::chrono::milliseconds;

constexpr int64_t kMillisecond = 1'000'000;

inline std::string url_of(const Endpoint& to, const std::string& scheme = "redis") {
    if (!to.unix_path.empty()) return "unix://" + to.unix_path;
    return scheme + "://" + to.host + ":" + std::to_string(to.port);
}

// The real wall clock, which the servers use, for a host whose own stands still.
inline int64_t real_wall() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// A host and one instance in it.
class Store {
public:
    explicit Store(const OptionValues& options, bool real_time = false) {
        if (real_time) host.advance(real_wall() - host.now_wall());
        instance = aurelis::test::open_backend("redis", options, host);
    }
    Store(const Endpoint& to, OptionValues options = {}, bool real_time = false)
        : Store(with_url(std::move(options), to), real_time) {}
    Instance* operator->() noexcept { return instance.get(); }
    Instance& operator*() noexcept { return *instance; }

    PluginHost host;
    std::unique_ptr<Instance> instance;

private:
    static OptionValues with_url(OptionValues options, const Endpoint& to) {
        options.emplace_back("url", url_of(to));
        return options;
    }
};

inline SetOptions with_flags(uint32_t flags, uint64_t if_version = 0) {
    SetOptions options;
    options.flags = flags;
    options.if_version = if_version;
    return options;
}

inline SetOptions until(int64_t expires_wall) {
    SetOptions options;
    options.expires_wall = expires_wall;
    return options;
}

inline uint32_t collect(void* user, const aurelis_key* key, const aurelis_entry*) noexcept {
    static_cast<std::multiset<std::string>*>(user)->emplace(static_cast<const char*>(key->data), key->size);
    return 1;
}

// All keys that a scan shows, page by page.
inline std::multiset<std::string> scan_all(Store& store, const aurelis_match* match = nullptr) {
    std::multiset<std::string> keys;
    aurelis::Pinned at;
    do {
        aurelis_scan scan{};
        scan.struct_size = sizeof scan;
        scan.match = match;
        scan.after = {at.raw().data, at.raw().size};
        aurelis_call call = store->call();
        REQUIRE(store->ops().scan(store->store(), &call, &scan, &collect, &keys) == AURELIS_OK);
        at = aurelis::Pinned(scan.next);
    } while (at.size() != 0);
    return keys;
}

// What one multi_get finds.
inline std::map<std::string, std::string> read_all(Store& store, const std::vector<std::string>& names) {
    std::vector<aurelis_key> keys;
    for (const std::string& name : names) keys.push_back(store->key(name));
    std::vector<aurelis_entry> out(names.size());
    for (aurelis_entry& entry : out) entry.status = AURELIS_NOT_FOUND;
    aurelis_call call = store->call();
    store->ops().multi_get(store->store(), &call, keys.data(), keys.size(), out.data());
    std::map<std::string, std::string> found;
    for (size_t i = 0; i < names.size(); ++i) {
        const aurelis::Pinned value(out[i].value);
        if (out[i].status == AURELIS_OK) found[names[i]] = value.view();
    }
    return found;
}

// How many entries with that prefix were removed.
inline uint64_t clear(Store& store, std::string_view prefix) {
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.prefix = aurelis::bytes(prefix);
    uint64_t removed = 0;
    aurelis_call call = store->call();
    REQUIRE(store->ops().remove_matching(store->store(), &call, &match, &removed) == AURELIS_OK);
    return removed;
}

// How long something took, in milliseconds.
template <typename Work>
int64_t took_ms(Work&& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace redis_test
