// Entries that end when they are not used.
// Covers: core/layer/sliding.cpp, core/stack/slides.cpp
#include "sdk/host/host_rig.hpp"

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

// Memory over a file; the clock stands still.
struct SlidingRig : HostRig {
    Category plain = category("plain");
    Category idle = category("idle");  // ttl 1 h, idle 10 s.

    void pass(int64_t seconds) {
        REQUIRE(cache.flush());  // What is done behind the calls is done; else it would seem to take so long.
        clock.advance(seconds * kSecond);
    }
    std::string value(const Category& of, const char* id, uint64_t skip_layers = 0) {
        ReadOptions options;
        options.skip_layers = skip_layers;
        return of.get<std::string>(id, options).value().value_or("-");
    }
};

constexpr uint64_t kNotMemory = 1, kNotDisk = 2;

}  // namespace

TEST_CASE("sliding: an entry lives on while it is used, in each layer, and ends when it is not") {
    SlidingRig rig;
    REQUIRE(rig.idle.set("k", std::string("v")));
    for (int i = 0; i < 6; ++i) {
        rig.pass(6);
        CHECK(rig.value(rig.idle, "k", kNotDisk) == "v");
    }
    rig.pass(9);
    // The disk has not been asked, and has been told of the uses.
    ReadOptions peek;
    peek.peek = true;
    peek.skip_layers = kNotMemory;
    CHECK(rig.idle.lookup("k", peek)->found());
    rig.pass(2);
    CHECK(rig.value(rig.idle, "k") == "-");
    CHECK(rig.value(rig.idle, "k", kNotMemory) == "-");
}

TEST_CASE("sliding: a look without a use moves nothing, and no use moves the end beyond the ttl") {
    SlidingRig rig;
    WriteOptions options;
    options.ttl = 20s;
    options.idle = 10s;
    REQUIRE(rig.plain.set("k", std::string("v"), options));
    ReadOptions peek;
    peek.peek = true;
    rig.pass(6);
    CHECK(rig.plain.lookup("k", peek)->found());
    rig.pass(5);
    CHECK_FALSE(rig.plain.lookup("k", peek)->found());
    REQUIRE(rig.plain.set("k", std::string("v"), options));
    for (int i = 0; i < 3; ++i) {
        rig.pass(6);
        CHECK(rig.value(rig.plain, "k") == "v");
    }
    CHECK(rig.plain.lookup("k")->expires_wall() == rig.clock.now() + 2 * kSecond);
    rig.pass(3);
    CHECK(rig.value(rig.plain, "k") == "-");
    CHECK(rig.value(rig.plain, "k", kNotMemory) == "-");
}

TEST_CASE("sliding: a copy that is promoted, a batch and a process that comes later count as uses") {
    SlidingRig rig;
    REQUIRE(rig.idle.set("k", std::string("v")));
    REQUIRE(rig.idle.set("l", std::string("v")));
    rig.pass(6);
    // By another cache over the same file, which has nothing in memory.
    Cache other = HostRig::open(rig.options());
    const Category theirs = other.category("idle").value();
    CHECK(theirs.get<std::string>("k").value() == "v");
    const std::vector<Id> ids{"l"};
    CHECK(theirs.multi_lookup(ids).value()[0]->found());
    REQUIRE(other.flush());
    rig.clock.advance(6 * kSecond);
    REQUIRE(other.flush());
    CHECK(theirs.get<std::string>("k").value() == "v");
    CHECK(theirs.get<std::string>("l").value() == "v");
    REQUIRE(other.flush());
    rig.clock.advance(11 * kSecond);
    CHECK(theirs.get<std::string>("k").value() == std::nullopt);
}

TEST_CASE("sliding: what is set anew without an idle time stays; a negative entry does not slide") {
    SlidingRig rig;
    REQUIRE(rig.idle.set("k", std::string("v")));
    WriteOptions stays;
    stays.idle = 0s;
    REQUIRE(rig.idle.set("k", std::string("w"), stays));
    rig.pass(600);
    CHECK(rig.value(rig.idle, "k") == "w");
    // A computation gives one, or none.
    const auto computed = [](std::optional<Duration> idle) {
        return [idle] { return Computed<std::string>{.value = "c", .idle = idle}; };
    };
    CHECK(rig.plain.get_or_compute<std::string>("a", computed(5s)).value() == "c");
    CHECK(rig.idle.get_or_compute<std::string>("b", computed(0s)).value() == "c");
    CHECK(rig.idle.get_or_compute<std::string>("c", computed(std::nullopt)).value() == "c");
    rig.pass(11);
    CHECK(rig.value(rig.plain, "a") == "-");
    CHECK(rig.value(rig.idle, "b") == "c");
    CHECK(rig.value(rig.idle, "c") == "-");
}

TEST_CASE("sliding: tags, etag and flags of such an entry are as they were set") {
    SlidingRig rig;
    WriteOptions options;
    options.tags = {"t", "u"};
    options.etag = "e";
    options.app_flags = 7;
    options.idle = 10s;
    REQUIRE(rig.plain.set("k", std::string("v"), options));
    for (const uint64_t skipped : {uint64_t{0}, kNotMemory}) {
        ReadOptions from;
        from.skip_layers = skipped;
        const auto answer = rig.plain.lookup("k", from);
        REQUIRE(answer->found());
        CHECK(answer->tags() == std::vector<std::string_view>{"t", "u"});
        CHECK(answer->etag() == "e");
        CHECK(answer->expires_wall() == 0);
    }
    REQUIRE(rig.cache.invalidate({.tag = "u"}));
    CHECK(rig.value(rig.plain, "k") == "-");
}

TEST_CASE("sliding: layers that cannot end entries are refused") {
    SlidingRig rig;
    OpenOptions bare;
    bare.text = "layers: [{name: L1, backend: memory, priority: 1, frame: none}]\n"
                "categories:\n"
                "  sessions: {idle: 10m}\n";
    const auto checked = check_config(bare);
    REQUIRE(checked);
    const auto problems = nlohmann::json::parse(checked->json)["problems"];
    REQUIRE(problems.size() == 1);
    CHECK(problems[0]["line"] == 3);
    CHECK(problems[0]["message"].get<std::string>().find("'idle' needs layers that end entries themselves, and layer "
                                                         "L1 has 'frame: none'") != std::string::npos);
    bare.text = "layers: [{name: L1, backend: memory, priority: 1, frame: none}]\n";
    const Cache cache = HostRig::open(bare);
    WriteOptions options;
    options.idle = 10s;
    const auto refused = cache.category("c").value().set("k", std::string("v"), options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("an idle time is given, but not every layer") != std::string::npos);
}
