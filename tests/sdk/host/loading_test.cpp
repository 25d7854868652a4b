// How values are loaded: fail-safe, pauses after failures, default values.
// Covers: core/flow/load_terms.cpp
#include "sdk/host/host_rig.hpp"

#include <future>
#include <set>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

// A computation that may fail, and how often it was asked.
struct Source {
    bool fails = false;
    int asked = 0;
    std::string value = "v";
    Result<std::string> operator()() {
        ++asked;
        if (fails) return fail(AURELIS_E_UNAVAILABLE, "the source is down");
        return value;
    }
};

// The value, after a "~" if it is stale and a "?" if it is the default one; "!" and the reason for an error.
std::string ask(const Category& category, Source& source, const LoadOptions& loading = {},
                const ReadOptions& reading = {}, const WriteOptions& options = {}) {
    const auto answer = category.lookup_or_compute<std::string>("k", source, options, reading, loading);
    if (!answer) return "!" + answer.error().message;
    return (answer->stale() ? "~" : answer->is_default() ? "?" : "") + std::string(answer->bytes());
}

}  // namespace

TEST_CASE("a load that fails is answered with the stale value, and its source is left alone for the failure pause") {
    HostRig rig;
    const Category lasting = rig.category("lasting");
    Source source;
    CHECK(ask(lasting, source) == "v");
    source.fails = true;
    rig.clock.advance(11 * kSecond);
    CHECK(ask(lasting, source) == "~v");
    CHECK(source.asked == 2);
    CHECK(ask(lasting, source) == "~v");
    CHECK(source.asked == 2);
    CHECK(rig.lines_with("the source is down; its callers get what they have instead") == 1);
    CHECK(rig.lines_with("and it is tried again in 5s") == 1);
    CHECK(rig.stats()["load_failures"] == 1);
    CHECK(rig.stats()["loads_failed_over"] == 1);
    CHECK(rig.stats()["loads_paused"] == 1);
    rig.clock.advance(6 * kSecond);
    CHECK(ask(lasting, source) == "~v");
    CHECK(source.asked == 3);
    rig.clock.advance(6 * kSecond);
    source.fails = false;
    source.value = "w";
    CHECK(ask(lasting, source) == "w");
    CHECK(source.asked == 4);
    // Beyond the stale time there is nothing to give.
    source.fails = true;
    rig.clock.advance(71 * kSecond);
    CHECK(ask(lasting, source) == "!the source is down");
    CHECK(ask(lasting, source) == "!the source is down");
    CHECK(source.asked == 6);
}

TEST_CASE("an origin that has answered again is asked as usual, whoever asked it") {
    HostRig rig;
    const Category lasting = rig.category("lasting");
    Source source;
    CHECK(ask(lasting, source) == "v");
    source.fails = true;
    rig.clock.advance(11 * kSecond);
    CHECK(ask(lasting, source) == "~v");
    source.fails = false;
    CHECK(ask(lasting, source, {.fresh_only = true}, {}, {.ttl = 1s}) == "v");
    rig.clock.advance(2 * kSecond);
    CHECK(ask(lasting, source) == "v");
    CHECK(source.asked == 4);
}

TEST_CASE("a call chooses against stale values, for another pause, or for a default value") {
    HostRig rig;
    const Category lasting = rig.category("lasting"), users = rig.category("c");
    Source source;
    CHECK(ask(lasting, source) == "v");
    source.fails = true;
    rig.clock.advance(11 * kSecond);
    CHECK(ask(lasting, source, {.fresh_only = true}) == "!the source is down");
    CHECK(ask(lasting, source, {.fresh_only = true, .default_value = "d"}) == "?d");
    CHECK(source.asked == 2);  // The first failure has begun the pause.
    rig.clock.advance(6 * kSecond);
    CHECK(ask(lasting, source, {.failure_pause = 0s}) == "~v");
    CHECK(ask(lasting, source, {.failure_pause = 0s}) == "~v");
    CHECK(source.asked == 4);
    // Without a stale value.
    CHECK(ask(users, source, {.default_value = "d"}) == "?d");
    CHECK(ask(users, source, {.default_value = "d"}) == "?d");
    CHECK(source.asked == 5);
    CHECK_FALSE(users.lookup("k")->found());
    CHECK(ask(users, source) == "!the source is down");
    CHECK(source.asked == 6);
    // A call that gives a stale time is answered like a category that has one.
    source.fails = false;
    CHECK(ask(users, source, {}, {}, {.ttl = 1s, .stale = 60s}) == "v");
    source.fails = true;
    rig.clock.advance(2 * kSecond);
    CHECK(ask(users, source) == "!the source is down");
    CHECK(ask(users, source, {}, {.allow_stale = true}) == "~v");
    CHECK(ask(users, source, {}, {}, {.ttl = 1s, .stale = 60s}) == "~v");
}

TEST_CASE("while one caller computes anew, the others get the stale value at once") {
    HostRig rig;
    const Category lasting = rig.category("lasting");
    Source source;
    CHECK(ask(lasting, source) == "v");
    rig.clock.advance(11 * kSecond);
    std::promise<void> inside, go;
    std::string fresh, waited;
    std::thread computing([&] {
        fresh = lasting
                    .get_or_compute<std::string>("k",
                                                 [&] {
                                                     inside.set_value();
                                                     go.get_future().wait();
                                                     return std::string("w");
                                                 })
                    .value();
    });
    inside.get_future().wait();
    for (int i = 0; i < 3; ++i) CHECK(ask(lasting, source) == "~v");
    CHECK(rig.stats()["loads_not_awaited"] == 3);
    CHECK(rig.stats()["loads_joined"] == 0);
    // Who wants a fresh value only waits for it.
    std::thread waiting([&] { waited = ask(lasting, source, {.fresh_only = true}); });
    while (rig.stats()["loads_joined"] == 0) std::this_thread::yield();
    go.set_value();
    computing.join();
    waiting.join();
    CHECK(fresh == "w");
    CHECK(waited == "w");
    CHECK(ask(lasting, source) == "w");
    CHECK(source.asked == 1);
}

TEST_CASE("jitter spreads the ends of entries that are stored together, and never prolongs them") {
    HostRig rig;
    const Category users = rig.category("c");
    std::vector<Id> ids;
    for (int i = 0; i < 200; ++i) ids.emplace_back(std::to_string(i));
    REQUIRE(users.multi_set(ids, std::vector<std::string>(200, "v"), {.ttl = 100s, .stale = 10s, .jitter = 0.1}));
    std::set<int64_t> ends;
    int in_half = 0;
    for (const Id& id : ids) {
        const auto kept = users.lookup(id);
        const int64_t left = kept->stale_wall() - rig.clock.now();
        CHECK(left > 90 * kSecond);
        CHECK(left <= 100 * kSecond);
        CHECK(kept->expires_wall() - kept->stale_wall() == 10 * kSecond);
        ends.insert(left);
        in_half += left > 95 * kSecond ? 1 : 0;
    }
    CHECK(ends.size() == 200);
    CHECK(in_half > 60);
    CHECK(in_half < 140);
    // Also of what is computed.
    REQUIRE(users.get_or_compute<std::string>("k", [] {
        return Computed<std::string>{.value = "v", .ttl = 100s, .jitter = 0.1};
    }));
    const int64_t left = users.lookup("k")->expires_wall() - rig.clock.now();
    CHECK(left > 90 * kSecond);
    CHECK(left < 100 * kSecond);
}

TEST_CASE("options of a load that cannot be kept are refused") {
    HostRig rig;
    const Category users = rig.category("c");
    Source source;
    CHECK(ask(users, source, {.failure_pause = -1s}) == "!the failure pause must not be below 0; 0 means none");
    CHECK(ask(users, source, {.failure_pause = std::chrono::days(106'752)}).find("longer than 106751 days") !=
          std::string::npos);
    CHECK(ask(users, source, {.fresh_only = true}, {.allow_stale = true}).find("both allowed and excluded") !=
          std::string::npos);
    CHECK(source.asked == 0);
    aurelis_computation computation{};
    computation.struct_size = sizeof computation;
    const aurelis_bytes part = bytes("k");
    const aurelis_name name = aurelis_name_of(users.raw(), &part);
    aurelis_answer answer{};
    const auto status = [&] {
        return aurelis_get_or_load(rig.cache.raw(), &name, &computation, nullptr, nullptr, &answer, nullptr);
    };
    computation.flags = 1u << 31;
    CHECK(status() == AURELIS_E_INVALID);
    computation.flags = 0;
    computation.failure_pause_ns = 1;
    CHECK(status() == AURELIS_E_INVALID);
    computation.failure_pause_ns = 0;
    computation.default_value = bytes("d");
    CHECK(status() == AURELIS_E_INVALID);
    computation.flags = AURELIS_LOAD_DEFAULT;
    computation.default_value = {nullptr, 1};
    CHECK(status() == AURELIS_E_INVALID);
}
