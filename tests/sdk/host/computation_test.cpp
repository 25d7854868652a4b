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
