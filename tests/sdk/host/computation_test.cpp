// host/computation.hpp: what computations and origins may return, and its effect.
// Covers: core/flow/computation.cpp, core/flow/origins.cpp
#include "sdk/host/host_rig.hpp"

#include <stdexcept>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

TEST_CASE("a computation says of its value what the call does not") {
    HostRig rig;
    const Category users = rig.category("c");
    const auto made = users.lookup_or_compute<std::string>(
        "k",
        [] { return Computed<std::string>{.value = "v", .ttl = 10s, .stale = 5s, .tags = {"own"}, .app_flags = 3}; },
        {.ttl = 1h, .tags = {"call"}, .app_flags = 1});
    REQUIRE(made);
    CHECK(made->layer() == 0);
    CHECK(made->bytes() == "v");
    const auto kept = users.lookup("k");
    REQUIRE(kept->hit());
    CHECK(kept->stale_wall() == rig.clock.now() + 10 * kSecond);
    CHECK(kept->expires_wall() == rig.clock.now() + 15 * kSecond);
    CHECK(kept->tags() == std::vector<std::string_view>{"call", "own"});
    CHECK(kept->app_flags() == 3);
    // An answer for those who ask now.
    const auto passing = users.get_or_compute<std::string>(
        "passing", [] { return Computed<std::string>{.value = "v", .store = false}; });
    CHECK(passing.value() == "v");
    CHECK_FALSE(users.lookup("passing")->found());
    // What it must not return makes it fail.
    const auto refused = users.get_or_compute<std::string>(
        "refused", [] { return Computed<std::string>{.value = "v", .ttl = 0s}; });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("the computation's result is refused") != std::string::npos);
    CHECK_FALSE(users.lookup("refused")->found());
}

TEST_CASE("a computation returns a value, a Result, an optional, or any of them in another") {
    HostRig rig;
    const Category users = rig.category("c");
    using Optional = std::optional<std::string>;
    int number = 0;
    const auto computed = [&](auto&& compute) {
        return users.get_or_compute<std::string>(std::to_string(++number), compute);
    };
    CHECK(computed([] { return "literal"; }).value() == "literal");
    CHECK(computed([]() -> Result<std::string> { return std::string("result"); }).value() == "result");
    CHECK(computed([] { return Optional("optional"); }).value() == "optional");
    CHECK(computed([]() -> Result<Optional> { return Optional("both"); }).value() == "both");
    CHECK(computed([]() -> Result<std::optional<Computed<std::string>>> {
              return std::optional(Computed<std::string>{.value = "all"});
          }).value() == "all");
    const auto told = computed([](NameView name) { return std::string(name.part(0)); });
    CHECK(told.value() == std::to_string(number));
    const auto failed =
        computed([]() -> Result<Optional> { return fail(AURELIS_E_UNAVAILABLE, "the origin is down"); });
    REQUIRE_FALSE(failed);
    CHECK(failed.error().status == AURELIS_E_UNAVAILABLE);
    CHECK(failed.error().message == "the origin is down");
    const auto thrown = computed([]() -> std::string { throw std::runtime_error("thrown while computing"); });
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().message == "thrown while computing");
    const auto strange = computed([]() -> std::string { throw 7; });
    REQUIRE_FALSE(strange);
    CHECK(strange.error().message == "an exception that is not a std::exception");
    // Nothing is a miss for a look-up, and an error where a value must be.
    const auto nothing = users.lookup_or_compute<std::string>("none", [] { return Optional(); });
    REQUIRE(nothing);
    CHECK_FALSE(nothing->found());
    CHECK_FALSE(computed([] { return Optional(); }));
    CHECK_FALSE(users.lookup("none")->found());
}

TEST_CASE("an origin is told the name, answers many threads, and may ask the cache itself") {
    HostRig rig;
    const Category loaded = rig.category("loaded");
    REQUIRE(rig.cache.register_origin("numbers", [&](NameView name) -> Result<std::optional<Computed<std::string>>> {
        if (name.category() != loaded.raw()) return fail(AURELIS_E_INVALID, "another category");
        if (name.part(0) == "none") return std::optional<Computed<std::string>>{};
        Computed<std::string> made{
            .value = std::string(name.part(0)), .ttl = 10s, .tags = {"t" + std::string(name.part(0))}};
        if (name.part_count() == 2) {  // The same origin once more, for another name.
            AURELIS_TRY(inner, loaded.get_or_load<std::string>(name.part(1)));
            made.value += "+" + inner.value_or("nothing") + std::string(name.params());
        }
        return std::optional(std::move(made));
    }));
    CHECK(loaded.get_or_load<std::string>("seven").value() == "seven");
    CHECK(loaded.lookup("seven")->tags() == std::vector<std::string_view>{"always", "tseven"});
    CHECK(loaded.lookup("seven")->expires_wall() == rig.clock.now() + 10 * kSecond);
    CHECK(loaded.get_or_load<std::string>(Id{"a", "b"}.with("{\"x\":1}")).value() == "a+b{\"x\":1}");
    CHECK(loaded.lookup(Id{"a", "b"}.with("{\"x\":1}"))->tags() == std::vector<std::string_view>{"always", "ta"});
    CHECK_FALSE(loaded.lookup_or_load("none")->found());
    CHECK_FALSE(loaded.get_or_load<std::string>("none").value());
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                const std::string id = std::to_string(t) + "/" + std::to_string(i);
                const auto value = loaded.get_or_load<std::string>(id);
                right += value && value.value() == id;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(right == 1600);
}

TEST_CASE("an origin may return bare values, and is destroyed when another takes its place") {
    HostRig rig;
    const auto alive = std::make_shared<int>(0);
    REQUIRE(
        rig.cache.register_origin("numbers", [alive](NameView name) { return "bare " + std::string(name.part(0)); }));
    CHECK(alive.use_count() == 2);
    CHECK(rig.category("loaded").get_or_load<std::string>("k").value() == "bare k");
    REQUIRE(rig.cache.register_origin("numbers", [] { return std::string("other"); }));
    CHECK(alive.use_count() == 1);
    CHECK_FALSE(rig.cache.register_origin("", [alive] { return std::string("x"); }));
    CHECK(alive.use_count() == 1);
    CHECK(rig.category("loaded").get_or_load<std::string>("l").value() == "other");
}

TEST_CASE("a computation is told of the stale value, the deadline and the cancel flag") {
    HostRig rig;
    const Category users = rig.category("c");
    const WriteOptions lives{.ttl = 10s, .stale = 20s};
    std::atomic<uint32_t> cancel{0};
    const ReadOptions reading{.timeout = 7s, .cancel = &cancel};
    bool first = true;
    const auto compute = [&](NameView name, Context& context) {
        CHECK(name.part(0) == "k");
        CHECK(context.deadline()->time_since_epoch() == 8s + std::chrono::seconds(first ? 0 : 11));
        CHECK(context.has_stale() == !first);
        const auto old = context.stale<std::string>();
        CHECK((old ? old.value() : "none") == (first ? "none" : "v1"));
        CHECK(context.etag() == (first ? "" : "e1"));
        CHECK_FALSE(context.cancelled());
        cancel = 1;
        CHECK(context.cancelled());
        cancel = 0;
        return Computed<std::string>{.value = first ? "v1" : "v2", .etag = first ? "e1" : "e2", .cost = 5};
    };
    CHECK(users.get_or_compute<std::string>("k", compute, lives, reading).value() == "v1");
    CHECK(users.lookup("k")->etag() == "e1");
    CHECK(users.lookup("k", {.skip_layers = 1})->etag() == "e1");
    CHECK(users.lookup("k")->cost() == 5);
    first = false;
    rig.clock.advance(11 * kSecond);
    CHECK(users.get_or_compute<std::string>("k", compute, lives, reading).value() == "v2");
    CHECK(users.lookup("k")->etag() == "e2");
    REQUIRE(users.set("set", "v", {.etag = "mine"}));
    CHECK(users.lookup("set")->etag() == "mine");
}

TEST_CASE("a stale value that is not modified lives on with new times, in every layer") {
    HostRig rig;
    const Category users = rig.category("c");
    const auto unchanged = [](Context& context) {
        CHECK(context.etag() == "e1");
        return Computed<std::string>::unchanged();
    };
    const auto ask = [&](auto&& compute) {
        return users.lookup_or_compute<std::string>("k", compute, {.ttl = 10s, .stale = 20s});
    };
    REQUIRE(ask([] {
        return Computed<std::string>{.value = "v", .tags = {"t"}, .app_flags = 3, .etag = "e1", .cost = 77};
    }));
    const int64_t created = users.lookup("k")->created_wall();
    rig.clock.advance(11 * kSecond);
    const auto answer = ask(unchanged);
    REQUIRE(answer);
    CHECK(answer->hit());
    CHECK(answer->bytes() == "v");
    for (const uint64_t skipped : {0u, 1u}) {
        const auto kept = users.lookup("k", {.promote = false, .skip_layers = skipped});
        REQUIRE(kept->hit());
        CHECK(kept->bytes() == "v");
        CHECK(kept->etag() == "e1");
        CHECK(kept->tags() == std::vector<std::string_view>{"t"});
        CHECK(kept->app_flags() == 3);
        CHECK(kept->cost() == 77);
        CHECK(kept->created_wall() - created >= 11 * kSecond - 1);
        CHECK(kept->stale_wall() == rig.clock.now() + 10 * kSecond);
    }
    // What it says anew replaces what was there; tags are added.
    rig.clock.advance(11 * kSecond);
    REQUIRE(ask([] {
        auto computed = Computed<std::string>::unchanged();
        computed.etag = "e2";
        computed.tags = {"more"};
        return computed;
    }));
    CHECK(users.lookup("k")->etag() == "e2");
    CHECK(users.lookup("k")->tags() == std::vector<std::string_view>{"more", "t"});
    const auto refused = users.get_or_compute<std::string>("none", [] { return Computed<std::string>::unchanged(); });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("there is no stale value") != std::string::npos);
}

TEST_CASE("that there is no value is remembered for the negative ttl, in every layer") {
    HostRig rig;
    const Category absent = rig.category("absent");
    int computed = 0;
    const auto nothing = [&] { return ++computed, std::optional<std::string>(); };
    CHECK_FALSE(absent.lookup_or_compute<std::string>("k", nothing)->found());
    CHECK_FALSE(absent.lookup_or_compute<std::string>("k", nothing)->found());
    CHECK(computed == 1);
    for (const uint64_t skipped : {0u, 1u}) {
        const auto miss = absent.lookup("k", {.promote = false, .skip_layers = skipped});
        REQUIRE(miss);
        CHECK(miss->status() == AURELIS_NOT_FOUND);
        CHECK(miss->negative());
        CHECK(miss->expires_wall() == rig.clock.now() + 30 * kSecond);
    }
    CHECK_FALSE(absent.get<std::string>("k").value().has_value());
    const std::vector<Id> ids{"k", "other"};
    const auto batch = absent.multi_lookup(ids);
    CHECK((*batch)[0]->negative());
    CHECK_FALSE((*batch)[0]->found());
    CHECK_FALSE((*batch)[1]->negative());
    CHECK(absent.explain_json("k").value().find("\"status\":\"negative\"") != std::string::npos);
    rig.clock.advance(31 * kSecond);
    CHECK_FALSE(absent.lookup("k")->negative());
    CHECK_FALSE(absent.lookup_or_compute<std::string>("k", nothing)->found());
    CHECK(computed == 2);
    // A set wins over it.
    REQUIRE(absent.set("k", "v"));
    CHECK(absent.get_or_compute<std::string>("k", nothing).value() == "v");
}

TEST_CASE("the call and the computation say how long it is remembered that there is no value") {
    HostRig rig;
    const auto asked_twice = [&](const Category& category, std::string_view id, auto&& compute,
                                 const WriteOptions& options = {}) {
        int computed = 0;
        const auto counted = [&](Context& context) { return ++computed, compute(context); };
        for (int i = 0; i < 2; ++i) CHECK_FALSE(category.lookup_or_compute<std::string>(id, counted, options)->found());
        return computed;
    };
    const auto nothing = [](Context&) { return std::optional<std::string>(); };
    const auto remembering = [](Context& context) {
        context.remember_nothing_for(5s);
        return std::optional<std::string>();
    };
    const auto forgetting = [](Context& context) {
        context.remember_nothing_for(0s);
        return std::optional<std::string>();
    };
    const Category users = rig.category("c"), absent = rig.category("absent");
    CHECK(asked_twice(users, "a", nothing) == 2);
    CHECK(asked_twice(users, "b", nothing, {.negative_ttl = 5s}) == 1);
    CHECK(users.lookup("b")->expires_wall() == rig.clock.now() + 5 * kSecond);
    CHECK(asked_twice(users, "c", remembering) == 1);
    CHECK(asked_twice(absent, "d", nothing, {.negative_ttl = 0s}) == 2);
    CHECK(asked_twice(absent, "e", forgetting) == 2);
    CHECK(asked_twice(users, "f", forgetting, {.negative_ttl = 5s}) == 2);
    CHECK_FALSE(users.lookup_or_compute<std::string>("g", nothing, {.negative_ttl = -1s}));
}

TEST_CASE("a layer of bare values does not get a negative entry, which it could not tell from an empty value") {
    HostRig rig;
    OpenOptions said = rig.options();
    said.text = "layers:\n"
                "  - {name: L1, backend: memory, priority: 2, max_entries: 10}\n"
                "  - {name: L2, backend: sqlite-disk, priority: 1, frame: none, options: {path: \"" +
                rig.folder / "bare.db" + "\"}}\n";
    const Cache cache = HostRig::open(said);
    const Category users = cache.category("c").value();
    const WriteOptions remembered{.negative_ttl = 5s};
    CHECK_FALSE(users.lookup_or_compute<std::string>("k", [] { return std::optional<std::string>(); }, remembered)
                    ->found());
    CHECK(users.lookup("k")->negative());
    const auto below = users.lookup("k", {.skip_layers = 1});
    CHECK_FALSE(below->found());
    CHECK_FALSE(below->negative());
}
