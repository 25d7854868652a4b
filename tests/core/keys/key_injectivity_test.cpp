// No two different names share a key of the default format: what was put in can be read back, and random names made of
// characters that are dangerous in a key never collide.
// Covers: core/keys/identifier.cpp, core/keys/key_parts.cpp
#include "keys/key_parts.hpp"

#include "key_test_support.hpp"
#include "keys/digest.hpp"

#include <array>
#include <unordered_map>

namespace aurelis::core {
namespace {

constexpr std::array<std::string_view, 20> kPieces = {":",
                                                      "%",
                                                      "%3A",
                                                      "%30",
                                                      "%25",
                                                      "3A",
                                                      "a",
                                                      "b",
                                                      "0",
                                                      "\x01",
                                                      "\x1f",
                                                      "\x7f",
                                                      "\xff",
                                                      "é",
                                                      "v1",
                                                      "0123456789abcdef0123456789abcdef",
                                                      "00000000000000000000000000000000",
                                                      "1d1edd5f",
                                                      "0123456789ABCDEF0123456789ABCDEF",
                                                      "8d1a7da7c8ce13af4ac4cd0e0efba58f"};
constexpr std::array<std::string_view, 5> kNames = {"a", "a:b", "b", "a%3Ab", "%"};
constexpr std::array<std::string_view, 6> kParams = {"",           "",           "",
                                                     R"({"a":1})", R"({"a":2})", R"({"limit":10,"page":1})"};

std::string random_field(Random& random) {
    std::string field(random.pick(kPieces));
    while (random.below(3) == 0) field += random.pick(kPieces);
    return field;
}

std::string digest_of(std::string_view params) {
    if (params.empty()) return {};
    return hex(sha256(canonical_json(params).value())).substr(0, 32);
}

struct Asked {
    KeyParts parts;
    std::string params;
};

Asked random_question(Random& random) {
    Asked asked;
    asked.parts.name_space = random.pick(kNames);
    asked.parts.version = random.pick(kNames);
    asked.parts.category = random_field(random);
    for (size_t count = 1 + random.below(random.below(8) == 0 ? 16 : 3); count > 0; --count)
        asked.parts.parts.push_back(random_field(random));
    asked.params = random.pick(kParams);
    asked.parts.params_digest = digest_of(asked.params);
    return asked;
}

std::string plain_text(const Asked& asked) {
    std::string text;
    const auto add = [&text](std::string_view field) {
        text += std::to_string(field.size()) + ' ';
        text += field;
    };
    add(asked.parts.name_space);
    add(asked.parts.version);
    add(asked.parts.category);
    for (const std::string& part : asked.parts.parts) add(part);
    return text + '|' + asked.params;
}

TEST_CASE("default keys can be read back, and no two things share one or an identity") {
    Random random(42);
    std::unordered_map<std::string, std::string> by_key;
    std::unordered_map<std::string, std::string> by_identity;
    for (int round = 0; round < 30000; ++round) {
        const Asked asked = random_question(random);
        const KeyBuilder builder =
            builder_of(KeyFormat::Default, asked.parts.name_space, asked.parts.version);
        const KeptKey built = build(builder, asked.parts.category, asked.parts.parts, asked.params);
        const auto back = parse_key(built.key);
        if (!back.has_value()) FAIL(back.error().message);
        if (!(back.value() == asked.parts)) FAIL("read back otherwise: " << built.key);
        if (builder.is_reserved(built.key)) FAIL("reserved: " << built.key);
        if (builder.category_of(built.key) != asked.parts.category) FAIL("category of " << built.key);

        const std::string text = plain_text(asked);
        const std::string& identity = built.identity.empty() ? built.key : built.identity;
        if (by_key.try_emplace(built.key, text).first->second != text) FAIL("shared: " << built.key);
        if (by_identity.try_emplace(identity, text).first->second != text) FAIL("shared: " << identity);
    }
    CHECK(by_key.size() > 10000);
    CHECK(by_key.size() == by_identity.size());
}

TEST_CASE("identities of the compat format are shared by no two things, although keys are") {
    Random random(43);
    std::unordered_map<std::string, std::string> by_identity;
    std::unordered_map<std::string, std::string> by_key;
    size_t shared_keys = 0;
    for (int round = 0; round < 30000; ++round) {
        Asked asked = random_question(random);
        if (asked.parts.category.front() == '\x01') continue;
        const KeyBuilder builder = builder_of(KeyFormat::Compat, asked.parts.name_space, asked.parts.version);
        const KeptKey built = build(builder, asked.parts.category, asked.parts.parts, asked.params);
        const std::string text = plain_text(asked);
        const std::string& identity = built.identity.empty() ? built.key : built.identity;
        if (by_identity.try_emplace(identity, text).first->second != text) FAIL("shared: " << identity);
        if (by_key.try_emplace(built.key, text).first->second != text) ++shared_keys;
        if (builder.is_reserved(built.key)) FAIL("reserved: " << built.key);
    }
    CHECK(shared_keys > 0);
}

TEST_CASE("parse_key takes a key apart") {
    const auto parts = parse_key("my%3Aapp:v1:c:a%25:%38d1a7da7c8ce13af4ac4cd0e0efba58f");
    REQUIRE(parts.has_value());
    CHECK(parts.value() == KeyParts{"my:app", "v1", "c", {"a%", "8d1a7da7c8ce13af4ac4cd0e0efba58f"}, ""});
    const auto with_params = parse_key("n:v:c:a:8d1a7da7c8ce13af4ac4cd0e0efba58f");
    REQUIRE(with_params.has_value());
    CHECK(with_params.value() == KeyParts{"n", "v", "c", {"a"}, "8d1a7da7c8ce13af4ac4cd0e0efba58f"});
}

TEST_CASE("parse_key refuses what no builder makes") {
    const std::string digest = "8d1a7da7c8ce13af4ac4cd0e0efba58f";
    std::string many = "n:v:c";
    for (int part = 0; part < 17; ++part) many += ":p";
    const std::vector<std::string> keys = {
        "",
        "n",
        "n:v:c",
        "n:v:c:",
        "n:v::x",
        ":v:c:x",
        "n:v:c:x:",
        "n:v:c:%3a",
        "n:v:c:%41",
        "n:v:c:a%",
        "n:v:c:a%3",
        "n:v:\x01stamp:x",
        "n:v:c:a\n",
        many,
        many + ":" + digest,
        many + "%3A",
        "n:v:c:%38" + digest.substr(1),                   // Alone, so it needs no guard.
        "n:v:c:a:%38" + digest.substr(1) + ":" + digest,  // Params follow, so it needs none either.
        "n:v:c:a:%38" + digest.substr(1) + "0",
        "n:v:c:a:8%64" + digest.substr(2),
        "n:v:c:a:%38" + digest.substr(2),
        "n:v:c:%38" + digest.substr(1) + ":a",
        "n:v:c:" + std::string(kKeyBytesMax, 'x')};
    for (const std::string& key : keys) {
        INFO(key);
        CHECK_FALSE(parse_key(key).has_value());
    }
    CHECK(parse_key("n:v").error().message ==
          "key n%3Av: it has fewer than 4 fields; a key reads namespace:version:category:identifier, with "
          "':', '%' "
          "and control bytes inside a field written as %XX");
}

TEST_CASE("parse_key of anything is refused, or builds the same key again") {
    Random random(44);
    size_t parsed = 0;
    for (int round = 0; round < 100000; ++round) {
        std::string key = "a:b";
        for (size_t count = 2 + random.below(4); count > 0; --count) key += ":" + random_field(random);
        const auto parts = parse_key(key);
        if (!parts.has_value()) continue;
        ++parsed;
        const KeyParts& found = parts.value();
        const KeyBuilder builder = builder_of(KeyFormat::Default, found.name_space, found.version);
        if (found.params_digest.empty()) {
            if (build(builder, found.category, found.parts).key != key) FAIL("built otherwise: " << key);
            continue;
        }
        const std::string built = build(builder, found.category, found.parts, R"({"a":1})").key;
        if (built.substr(0, built.size() - 32) + found.params_digest != key) FAIL("built otherwise: " << key);
    }
    CHECK(parsed > 1000);
}

}  // namespace
}  // namespace aurelis::core
