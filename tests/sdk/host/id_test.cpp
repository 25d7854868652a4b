// host/id.hpp: names own their text and reach the library as they were given.
#include "sdk/host/host_rig.hpp"

using namespace aurelis;
using namespace aurelis::testing;

namespace {

std::string key_of(HostRig& rig, const Id& id) {
    const auto key = rig.category("c").key_of(id);
    return key ? key.value() : "!" + key.error().message;
}

// Names built from text that is gone when they are used.
Id from_temporaries(char letter, size_t size) {
    const std::string text(size, letter);
    return Id{text, std::string(size, 'y'), std::string_view(text).substr(1)}.with(R"({"p":")" + text + "\"}");
}

}  // namespace

TEST_CASE("an id outlives what it was built from, short or long") {
    HostRig rig;
    for (const size_t size : {2u, 24u, 40u, 5000u}) {
        INFO(size);
        const Id kept = from_temporaries('x', size);
        const std::vector<std::string> noise(100, std::string(size, 'z'));  // Takes the memory that was freed.
        CHECK(kept.part_count() == 3);
        CHECK(kept.part(0) == std::string(size, 'x'));
        CHECK(kept.part(1) == std::string(size, 'y'));
        CHECK(kept.part(2) == std::string(size - 1, 'x'));
        CHECK(kept.params() == R"({"p":")" + std::string(size, 'x') + "\"}");
        Id copy("other");
        copy = kept;
        const std::vector<Id> moved_about(3, copy);
        CHECK(key_of(rig, moved_about[2]) == key_of(rig, from_temporaries('x', size)));
        CHECK(key_of(rig, moved_about[2]) != key_of(rig, from_temporaries('w', size)));
    }
}

TEST_CASE("params are replaced, not added, and the id that they were given to stays as it was") {
    const Id plain{"a", "b"};
    for (const std::string& first : {std::string("{}"), "{\"x\":\"" + std::string(200, '1') + "\"}"}) {
        const Id twice = plain.with(first).with("{\"y\":2}");
        CHECK(twice.params() == "{\"y\":2}");
        CHECK(twice.part(1) == "b");
        CHECK(plain.with(first).with("").params().empty());
    }
    CHECK(plain.params().empty());
    HostRig rig;
    CHECK(key_of(rig, plain.with("{\"x\":1, \"y\":2}")) == key_of(rig, plain.with("{\"y\":2,\"x\":1}")));
    CHECK(key_of(rig, plain.with("{\"x\":1}")) != key_of(rig, plain));
}

TEST_CASE("parts are separate, and what a name must not be is refused by the library") {
    HostRig rig;
    CHECK(key_of(rig, "k") == "aurelis:v1:c:k");
    CHECK(key_of(rig, std::string("k")) == "aurelis:v1:c:k");
    CHECK(key_of(rig, Id{"a", "b"}) == "aurelis:v1:c:a:b");
    CHECK(key_of(rig, "a:b") != "aurelis:v1:c:a:b");
    const std::vector<std::string_view> sixteen(16, "p"), seventeen(17, "p");
    CHECK(key_of(rig, Id(sixteen)).find("aurelis:v1:c:p:p") == 0);
    CHECK(key_of(rig, Id(seventeen)).find("17 parts, the limit is 16") != std::string::npos);
    CHECK(key_of(rig, "").find("!") == 0);
    CHECK(key_of(rig, Id(std::initializer_list<std::string_view>{})).find("!") == 0);
    CHECK(key_of(rig, Id{"a", ""}).find("!") == 0);
}

TEST_CASE("full keys are names of their own, and take no parts or params") {
    HostRig rig;
    const Category keys = rig.cache.full_keys();
    REQUIRE(rig.category("c").set("k", "v"));
    CHECK(keys.get<std::string>("aurelis:v1:c:k").value() == "v");
    CHECK(keys.key_of("aurelis:v1:c:k").value() == "aurelis:v1:c:k");
    for (const Id& wrong : {Id{"aurelis:v1:c", "k"}, Id("aurelis:v1:c:k").with("{\"x\":1}"), Id("")}) {
        const auto refused = keys.get<std::string>(wrong);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().status == AURELIS_E_INVALID);
    }
    CHECK(keys.remove("aurelis:v1:c:k").value());
    CHECK_FALSE(rig.category("c").get<std::string>("k").value());
}
