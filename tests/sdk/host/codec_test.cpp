// host/codec.hpp and host/errors.hpp from outside: values that cannot be read any more, and code of the host that
// throws.
#include "sdk/host/host_rig.hpp"

#include <stdexcept>

using namespace aurelis;
using namespace aurelis::testing;

namespace {

struct Number {
    int value = 0;
};
struct Thrower {};

}  // namespace

template <>
struct aurelis::Codec<Number> {
    static std::string encode(const Number& number) { return "n" + std::to_string(number.value); }
    static Result<Number> decode(std::string_view text) {
        if (text.empty() || text[0] != 'n') return fail(AURELIS_E_CORRUPT, "no number");
        return Number{std::stoi(std::string(text.substr(1)))};  // Throws for "nx".
    }
};
template <>
struct aurelis::Codec<Thrower> {
    static std::string encode(const Thrower&) { throw std::runtime_error("thrown while encoding"); }
    static Result<Thrower> decode(std::string_view) { throw 7; }
};

namespace {

struct Numbers : HostRig {
    Category numbers = category("numbers");

    uint64_t undecodable() { return stats()["undecodable"]; }
    size_t told() { return lines_with("cannot be read by the program"); }
};

}  // namespace

TEST_CASE("a value that cannot be decoded is removed and computed anew, counted, and told once") {
    Numbers rig;
    int computed = 0;
    const auto compute = [&] { return Number{++computed}; };
    for (const char* bad : {"text", "nx"}) {  // The codec refuses the one and throws for the other.
        REQUIRE(rig.numbers.set("k", std::string(bad)));
        const auto made = rig.numbers.get_or_compute<Number>("k", compute);
        REQUIRE(made);
        CHECK(made.value().value == computed);
        const auto kept = rig.numbers.get<Number>("k");
        REQUIRE(kept);
        CHECK(kept.value()->value == computed);
    }
    CHECK(computed == 2);
    CHECK(rig.undecodable() == 2);
    CHECK(rig.told() == 1);
    rig.clock.advance(61 * kSecond);
    REQUIRE(rig.numbers.set("k", std::string("text")));
    CHECK(rig.numbers.get_or_compute<Number>("k", compute));
    CHECK(rig.told() == 2);
}

TEST_CASE("a value that cannot be decoded is an error by choice, and for get unless it is to be removed") {
    Numbers rig;
    REQUIRE(rig.numbers.set("k", std::string("text")));
    int computed = 0;
    const auto failed = rig.numbers.get_or_compute<Number>(
        "k", [&] { return Number{++computed}; }, {}, {.undecodable = Undecodable::Fail});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "no number");
    CHECK(computed == 0);
    const auto got = rig.numbers.get<Number>("k");
    REQUIRE_FALSE(got);
    CHECK(got.error().status == AURELIS_E_CORRUPT);
    CHECK(rig.numbers.get<std::string>("k").value() == "text");
    const std::vector<Id> ids{"k"};
    auto batch = rig.numbers.multi_lookup(ids);
    REQUIRE(batch);
    REQUIRE(batch->at(0));
    CHECK_FALSE(batch->at(0)->as<Number>());
    CHECK(rig.undecodable() == 2);  // The batch's answers are the caller's to judge:
    REQUIRE(rig.numbers.reject("k", *batch->at(0), "no number", false));
    CHECK(rig.undecodable() == 3);
    const auto removed = rig.numbers.get<Number>("k", {.undecodable = Undecodable::Remove});
    REQUIRE(removed);
    CHECK_FALSE(removed.value().has_value());
    CHECK_FALSE(rig.numbers.get<std::string>("k").value().has_value());
}

TEST_CASE("a rejected value goes alone: what was set meanwhile stays, in every layer") {
    Numbers rig;
    REQUIRE(rig.numbers.set("k", std::string("text")));
    auto old = rig.numbers.lookup("k");
    REQUIRE(old);
    REQUIRE(rig.numbers.set("k", Number{5}));
    REQUIRE(rig.numbers.reject("k", *old, "no number", true));
    CHECK((*rig.numbers.get<Number>("k").value()).value == 5);
    // Only the copy below is the bad one: only that goes.
    REQUIRE(rig.numbers.set("k", std::string("text"), {.skip_layers = 1}));
    auto below = rig.numbers.lookup("k", {.promote = false});
    REQUIRE(below);
    CHECK(below->layer() == 2);
    REQUIRE(rig.numbers.set("k", Number{6}, {.skip_layers = 2}));
    REQUIRE(rig.numbers.reject("k", *below, "no number", true));
    CHECK((*rig.numbers.get<Number>("k").value()).value == 6);
}

TEST_CASE("a codec that cannot read what it writes computes once per call, and an origin's value is loaded anew") {
    Numbers rig;
    int computed = 0;
    const auto broken =
        rig.numbers.get_or_compute<Thrower>("k", [&]() -> Result<Thrower> { return ++computed, Thrower{}; });
    REQUIRE_FALSE(broken);
    CHECK(broken.error().message == "thrown while encoding");
    CHECK(computed == 1);
    int loads = 0;
    REQUIRE(rig.cache.register_origin("numbers", [&](NameView) -> Result<std::optional<std::string>> {
        return std::optional<std::string>("n" + std::to_string(++loads));
    }));
    auto loaded = rig.cache.category("loaded");
    REQUIRE(loaded);
    REQUIRE(loaded->set("k", std::string("text")));
    const auto value = loaded->get_or_load<Number>("k");
    REQUIRE(value);
    CHECK(value.value()->value == 1);
    CHECK(loads == 1);
}

TEST_CASE("nothing throws: codecs, visitors, origins and JSON that is not UTF-8 answer errors") {
    Numbers rig;
    const auto stored = rig.numbers.set("k", Thrower{});
    REQUIRE_FALSE(stored);
    CHECK(stored.error().message == "thrown while encoding");
    REQUIRE(rig.numbers.set("k", std::string("v")));
    const auto read = rig.numbers.get<Thrower>("k");
    REQUIRE_FALSE(read);
    CHECK(read.error().status == AURELIS_E_FAILED);
    const auto json = rig.numbers.set("k", nlohmann::json("\xff"));
    REQUIRE_FALSE(json);
    CHECK(json.error().status == AURELIS_E_INVALID);
    CHECK(rig.numbers.get<std::string>("k").value() == "v");
    const auto computed = rig.numbers.get_or_compute<nlohmann::json>("j", [] { return nlohmann::json("\xff"); });
    REQUIRE_FALSE(computed);
    CHECK(computed.error().status == AURELIS_E_INVALID);
    int shown = 0;
    const auto scanned = rig.cache.scan("*", [&](std::string_view, uint32_t) -> bool {
        ++shown;
        throw std::runtime_error("thrown while visiting");
    });
    REQUIRE_FALSE(scanned);
    CHECK(scanned.error().message == "thrown while visiting");
    CHECK(shown == 1);
    REQUIRE(rig.cache.register_origin("numbers", [](NameView) -> Result<std::optional<std::string>> { throw 7; }));
    CHECK_FALSE(rig.cache.category("loaded")->get_or_load<Number>("x"));
}
