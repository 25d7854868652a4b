#include "key_test_support.hpp"

namespace aurelis::core {
namespace {

constexpr const char* kRichParams =
    R"({"stop":["\n","é"],"top_p":1.0,"nested":{"b":null,"a":true},"big":1e16,"small":1e-05,"n":12345678901234567890})";

TEST_CASE("compat keys are those of the origin document's table") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    CHECK(build(builder, "user_data", {"user123"}).key == "aurelis:v1:user_data:user123");
    CHECK(build(builder_of(KeyFormat::Compat, "acme", "v2"), "user_data", {"user123"}).key ==
          "acme:v2:user_data:user123");
    const KeptKey page_one = build(builder, "search_results", {"query123"}, R"({"page":1,"limit":10})");
    CHECK(page_one.key == "aurelis:v1:search_results:query123:1d1edd5f");
    CHECK(page_one.params == R"({"limit": 10, "page": 1})");
    CHECK(build(builder, "search_results", {"query123"}, R"({"page":2,"limit":10})").key ==
          "aurelis:v1:search_results:query123:55b93b37");
    CHECK(build(builder, "search_results", {"query123"}, "{}").key == "aurelis:v1:search_results:query123");

    const KeptKey model = build_model(builder, "github-gpt-4o", "What is the capital of France?",
                                      R"({"temperature":0.7,"max_tokens":256})");
    CHECK(model.key == "aurelis:v1:model:github-gpt-4o:115049a298532be2:b9fb9f64");
    CHECK(build(builder, "model_responses", {model.key}).key ==
          "aurelis:v1:model_responses:aurelis:v1:model:github-gpt-4o:115049a298532be2:b9fb9f64");
    const KeptKey rich = build_model(builder, "github-gpt-4o-mini", "Grüße, 世界 🌍", kRichParams);
    CHECK(rich.key == "aurelis:v1:model:github-gpt-4o-mini:56ce95b9b665df65:4bf99dfe");
    CHECK(rich.params == R"({"big": 1e+16, "n": 12345678901234567890, "nested": {"a": true, "b": null}, )"
                         R"("small": 1e-05, "stop": ["\n", "\u00e9"], "top_p": 1.0})");
}

TEST_CASE("compat keys join parts raw, and their identity keeps them apart") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    const KeptKey joined = build(builder, "c", {"a:b"});
    const KeptKey apart = build(builder, "c", {"a", "b"});
    CHECK(joined.key == "aurelis:v1:c:a:b");
    CHECK(apart.key == "aurelis:v1:c:a:b");
    CHECK(joined.identity == "aurelis:v1:c:a%3Ab");
    CHECK(apart.identity.empty());
    CHECK(build(builder, "a:b", {"c"}).identity == "aurelis:v1:a%3Ab:c");
    CHECK(build(builder_of(KeyFormat::Compat, "a:b", "c"), "d", {"e"}).key == "a:b:c:d:e");
    CHECK(build(builder_of(KeyFormat::Compat, "a:b", "c"), "d", {"e"}).identity == "a%3Ab:c:d:e");
    const KeptKey with_params = build(builder, "c", {"a", "b"}, R"({"x":1})");
    CHECK(with_params.identity == "aurelis:v1:c:a:b\x1f{\"x\": 1}");
    CHECK(build(builder, "c", {"user123"}).identity.empty());
}

TEST_CASE("compat model keys of one short digest still have different identities") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    const std::string capital = "115049a298532be2f181edb03f766770";
    CHECK(build_model(builder, "m", "What is the capital of France?", R"({"a":1})").identity ==
          "aurelis:v1:model:m:" + capital + "\x1f{\"a\": 1}");
    CHECK(build_model(builder, "m", "What is the capital of France?").key ==
          "aurelis:v1:model:m:115049a298532be2");
    CHECK(build_model(builder, "m", "What is the capital of France?").identity ==
          "aurelis:v1:model:m:%31" + capital.substr(1));
}

TEST_CASE("default keys read as what they stand for") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const KeptKey plain = build(builder, "user_data", {"user123"});
    CHECK(plain.status == AURELIS_OK);
    CHECK(plain.key == "aurelis:v1:user_data:user123");
    CHECK(plain.identity.empty());
    CHECK(plain.params.empty());
    CHECK(build(builder, "c", {"a:b%", "\x01\x7f", "ü"}).key == "aurelis:v1:c:a%3Ab%25:%01%7F:ü");
    CHECK(build(builder_of(KeyFormat::Default, "a:b", "v%"), "c:d", {"e"}).key == "a%3Ab:v%25:c%3Ad:e");
    CHECK(build(builder, "c", {std::string("\0a\0", 3)}).key == "aurelis:v1:c:%00a%00");
}

TEST_CASE("default keys with params end in 32 hex digits, and the identity in the params") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const KeptKey built = build(builder, "search_results", {"query123"}, R"( {"page":1,"limit":10} )");
    CHECK(built.key == "aurelis:v1:search_results:query123:61c1b08fec5a5303f799a3430c55a305");
    CHECK(built.identity == "aurelis:v1:search_results:query123\x1f{\"limit\": 10, \"page\": 1}");
    CHECK(built.params == "{\"limit\": 10, \"page\": 1}");
    CHECK(build(builder, "search_results", {"query123"}, R"({"limit":10,"page":1})").key == built.key);
    for (const char* none : {"", "{}", " { } "})
        CHECK(build(builder, "search_results", {"query123"}, none).key ==
              "aurelis:v1:search_results:query123");
}

TEST_CASE("default keys guard a last part that looks like a digest") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const std::string digest = "61c1b08fec5a5303f799a3430c55a305";
    CHECK(build(builder, "c", {"a", digest}).key == "aurelis:v1:c:a:%36" + digest.substr(1));
    CHECK(build(builder, "c", {digest}).key == "aurelis:v1:c:" + digest);
    CHECK(build(builder, "c", {digest, "a"}).key == "aurelis:v1:c:" + digest + ":a");
    CHECK(build(builder, "c", {"a", digest + "0"}).key == "aurelis:v1:c:a:" + digest + "0");
    CHECK(build(builder, "c", {"a", "61C1B08FEC5A5303F799A3430C55A305"}).key ==
          "aurelis:v1:c:a:61C1B08FEC5A5303F799A3430C55A305");
    CHECK(build(builder, "c", {"a", digest}, R"({"limit":10,"page":1})").key ==
          "aurelis:v1:c:a:" + digest + ":" + digest);
}

TEST_CASE("default model keys hold 32 digits of the prompt, in any category") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const KeptKey model = build_model(builder, "github-gpt-4o", "What is the capital of France?",
                                      R"({"temperature":0.7,"max_tokens":256})");
    CHECK(model.key ==
          "aurelis:v1:model:github-gpt-4o:115049a298532be2f181edb03f766770:a2b5f194478f7a895f3d842a480d5037");
    KeyScratch scratch;
    BuiltKey built;
    const CategoryKeys responses = category_of(builder, "model_responses");
    REQUIRE(builder.model_key(responses, "a:b", "", bytes("{\"x\":1}"), scratch, built, nullptr) ==
            AURELIS_OK);
    CHECK(built.key.substr(0, 63) == "aurelis:v1:model_responses:a%3Ab:e3b0c44298fc1c149afbf4c8996fb9");
    CHECK(build_model(builder, "", "x").status == AURELIS_E_INVALID);
}

TEST_CASE("keys are refused by one line that says what to do") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    CHECK(build(builder, "c", {}).message == "category c: the identifier is empty; name what to look up");
    CHECK(build(builder, "c", {""}).status == AURELIS_E_INVALID);
    CHECK(build(builder, "c\n", {"a", ""}).message ==
          "category c%0A: part 2 of the identifier is empty; leave it out or fill it");
    CHECK(build(builder, "c", std::vector<std::string>(16, "p")).status == AURELIS_OK);
    CHECK(build(builder, "c", std::vector<std::string>(17, "p")).message ==
          "category c: the identifier has 17 parts, the limit is 16; join some of them");
    const KeptKey list = build(builder, "c", {"a"}, "[1]");
    CHECK(list.status == AURELIS_E_INVALID);
    CHECK(list.key.empty());
    CHECK(list.message ==
          "category c: the params are not the JSON text of an object: at byte 0: expected an object, which "
          "begins "
          "with '{'; write them as {\"page\": 1}");
    CHECK(build(builder, "c", {"a"}, "{\"a\":" + std::string(kJsonBytesMax, ' ') + "1}").status ==
          AURELIS_E_TOO_LARGE);
    CHECK(builder.open("").error().message == "the category is empty; name what is cached, as user_data");
    CHECK(builder.open(std::string(70000, 'x')).error().status == AURELIS_E_TOO_LARGE);
}

TEST_CASE("a failed build leaves nothing behind, with or without a place for the error") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const CategoryKeys category = category_of(builder, "c");
    KeyScratch scratch;
    BuiltKey built;
    const aurelis_bytes part = bytes("a");
    REQUIRE(builder.build(category, {&part, 1}, bytes("{\"a\":1}"), scratch, built, nullptr) == AURELIS_OK);
    CHECK(builder.build(category, {&part, 1}, bytes("{\"a\":}"), scratch, built, nullptr) ==
          AURELIS_E_INVALID);
    CHECK((built.key.empty() && built.identity.empty() && built.params.empty()));
}

TEST_CASE("keys may have 65536 bytes after escaping, and not one more") {
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        const size_t room = kKeyBytesMax - std::string("aurelis:v1:c:").size();
        CHECK(build(builder, "c", {std::string(room, 'x')}).key.size() == kKeyBytesMax);
        const KeptKey above = build(builder, "c", {std::string(room + 1, 'x')});
        CHECK(above.status == AURELIS_E_TOO_LARGE);
        CHECK(above.message ==
              "category c: the key would have 65537 bytes after escaping, the limit is 65536; shorten the "
              "identifier "
              "or use a hash of it");
        const size_t digest = format == KeyFormat::Default ? 33 : 9;
        CHECK(build(builder, "c", {std::string(room - digest, 'x')}, "{\"a\":1}").key.size() == kKeyBytesMax);
        CHECK(build(builder, "c", {std::string(room - digest + 1, 'x')}, "{\"a\":1}").status ==
              AURELIS_E_TOO_LARGE);
    }
    const KeptKey nuls = build(builder_of(KeyFormat::Default), "c", {std::string(kKeyBytesMax, '\0')});
    CHECK(nuls.message.find("196621 bytes after escaping") != std::string::npos);
    CHECK(build(builder_of(KeyFormat::Compat), "c", {std::string(60000, '\0')}).key.size() == 60013);
}

TEST_CASE("keys of every length are the same whichever way they take") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    for (const size_t prefix : {1u, 50u, 51u, 52u, 53u, 60u, 400u}) {
        const std::string category(prefix, 'c');
        for (size_t size = 1; size < 600; ++size) {
            const std::string part(size, 'x');
            if (build(builder, category, {part}).key != "aurelis:v1:" + category + ":" + part)
                FAIL("size " << size);
        }
    }
}

TEST_CASE("namespace and version are checked when the builder is made") {
    const auto message = [](std::string_view name_space, std::string_view version) {
        const auto builder = KeyBuilder::create(name_space, version, KeyFormat::Default);
        return builder ? "" : builder.error().message;
    };
    CHECK(message("", "v1") == "keys: the namespace is empty; give it a name or leave the option out");
    CHECK(message("a", "") == "keys: the version is empty; give it a name or leave the option out");
    CHECK(message("a\x01", "v") == "keys: the namespace has control bytes: a%01; use printable characters");
    CHECK(message("a", "v\x7f") == "keys: the version has control bytes: v%7F; use printable characters");
    CHECK(message("ünï:corn %", "v 1").empty());
}

TEST_CASE("reserved keys begin where no built key does") {
    const KeyBuilder compat = builder_of(KeyFormat::Compat);
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    CHECK(builder.reserved_prefix() == "aurelis:v1:\x01");
    CHECK(builder.is_reserved("aurelis:v1:\x01stamp"));
    CHECK(builder.is_reserved(builder.reserved_prefix()));
    CHECK(builder.is_reserved("\x01" "aurelis:v1:missed-any:L2"));
    CHECK_FALSE(builder.is_reserved("aurelis:v1:c:\x01"));
    CHECK_FALSE(builder.is_reserved("aurelis:v1:"));
    CHECK_FALSE(builder.is_reserved("aurelis:v2:\x01stamp"));
    CHECK(build(builder, "\x01stamp", {"x"}).key == "aurelis:v1:%01stamp:x");
    CHECK(compat.open("\x01stamp").error().status == AURELIS_E_INVALID);
    CHECK(compat.open("s\x01").has_value());
}

TEST_CASE("category_of finds the third field of its own keys only") {
    const KeyBuilder builder = builder_of(KeyFormat::Default, "my:app");
    CHECK(builder.own_prefix() == "my%3Aapp:v1:");
    CHECK(builder.namespace_prefix() == "my%3Aapp:");
    CHECK(builder.category_of(build(builder, "a:b%", {"x", "y"}).key) == "a:b%");
    for (const char* key :
         {"", "my%3Aapp:v1:", "my%3Aapp:v1:c", "my%3Aapp:v1:c:", "my%3Aapp:v1::x", "my%3Aapp:v2:c:x",
          "my:app:v1:c:x", "my%3Aapp:v1:%3a:x", "my%3Aapp:v1:\x01stamp:x"})
        CHECK_FALSE(builder.category_of(key).has_value());

    const KeyBuilder compat = builder_of(KeyFormat::Compat, "my:app");
    CHECK(compat.own_prefix() == "my:app:v1:");
    CHECK(compat.namespace_prefix() == "my:app:");
    CHECK(compat.category_of("my:app:v1:user%3A:x:y") == "user%3A");
    CHECK_FALSE(compat.category_of("my:app:v1:\x01stamp:x").has_value());
}

TEST_CASE("a category's prefix begins its keys") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const CategoryKeys category = category_of(builder, "a:b");
    CHECK(category.category() == "a:b");
    CHECK(category.prefix() == "aurelis:v1:a%3Ab:");
    CHECK(builder.format() == KeyFormat::Default);
}

}  // namespace
}  // namespace aurelis::core
