// Covers: core/keys/pattern_reader.cpp
#include "keys/key_pattern.hpp"

#include "key_test_support.hpp"

namespace aurelis::core {
namespace {

using Reach = KeyPattern::Reach;

constexpr const char* kDigestShaped = "115049a298532be2f181edb03f766770";
constexpr const char* kParams = R"({"page":1,"limit":10})";

KeyPattern pattern_of(const KeyBuilder& builder, std::string_view text) {
    auto pattern = KeyPattern::parse(text, builder);
    INFO((pattern ? std::string() : pattern.error().message));
    REQUIRE(pattern.has_value());
    return std::move(pattern).value();
}

std::string refusal(const KeyBuilder& builder, std::string_view text) {
    const auto pattern = KeyPattern::parse(text, builder);
    REQUIRE_FALSE(pattern.has_value());
    return pattern.error().message;
}

bool matches(const KeyPattern& pattern, const KeptKey& key) {
    REQUIRE(key.status == AURELIS_OK);
    const bool result = pattern.matches(key.key, key.identity);
    if (result) {
        INFO(pattern.text() << " on " << key.key);
        CHECK(key.key.starts_with(pattern.prefix()));
        if (key.key.starts_with("aurelis:v1:")) {
            CHECK(key.key.starts_with(pattern.own_prefix()));
            CHECK_FALSE(pattern.own_prefix().empty());
        }
    }
    return result;
}

TEST_CASE("key pattern: the origin document's full pattern removes a model's answers") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const KeyPattern pattern = pattern_of(builder, "aurelis:*:model_responses:gpt-4o:*");
    KeyScratch scratch;
    BuiltKey built;
    const CategoryKeys answers = category_of(builder, "model_responses");
    REQUIRE(builder.model_key(answers, "gpt-4o", "Why?", bytes(R"({"t":1})"), scratch, built, nullptr) == AURELIS_OK);
    CHECK(pattern.matches(built.key, built.identity));
    REQUIRE(builder.model_key(answers, "gpt-4o-mini", "Why?", {}, scratch, built, nullptr) == AURELIS_OK);
    CHECK_FALSE(pattern.matches(built.key, built.identity));
    CHECK(matches(pattern, build(builder_of(KeyFormat::Default, "aurelis", "v2"), "model_responses", {"gpt-4o", "x"})));
    CHECK_FALSE(matches(pattern, build(builder_of(KeyFormat::Default, "acme"), "model_responses", {"gpt-4o", "x"})));
    // A * also matches across fields.
    CHECK(matches(pattern, build(builder, "x", {"model_responses", "gpt-4o", "y"})));

    const KeyBuilder compat = builder_of(KeyFormat::Compat);
    const KeyPattern in_compat = pattern_of(compat, "aurelis:*:model_responses:gpt-4o:*");
    const CategoryKeys compat_answers = category_of(compat, "model_responses");
    REQUIRE(compat.model_key(compat_answers, "gpt-4o", "Why?", bytes(R"({"t":1})"), scratch, built, nullptr) ==
            AURELIS_OK);
    CHECK(in_compat.matches(built.key, built.identity));
    CHECK(in_compat.matches(built.key, {}));
}

TEST_CASE("key pattern: a short pattern is a category and an identifier, with whatever params, in any version") {
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        const KeyPattern pattern = pattern_of(builder, "user_data:42");
        CHECK_FALSE(pattern.is_full());
        CHECK(matches(pattern, build(builder, "user_data", {"42"})));
        CHECK(matches(pattern, build(builder, "user_data", {"42"}, kParams)));
        CHECK(matches(pattern, build(builder_of(format, "aurelis", "v2"), "user_data", {"42"}, kParams)));
        CHECK_FALSE(matches(pattern, build(builder, "user_data", {"421"})));
        CHECK_FALSE(matches(pattern, build(builder, "user_data", {"4"})));
        CHECK_FALSE(matches(pattern, build(builder, "user_data", {"42", "x"})));
        CHECK_FALSE(matches(pattern, build(builder, "xuser_data", {"42"})));
        CHECK_FALSE(matches(pattern, build(builder, "x", {"user_data", "42"})));
        CHECK_FALSE(matches(pattern, build(builder_of(format, "acme"), "user_data", {"42"})));
        CHECK_FALSE(matches(pattern, build(builder_of(format, "aurelis2"), "user_data", {"42"})));
    }
}

TEST_CASE("key pattern: the category of a short pattern stays within its field") {
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        const KeyPattern pattern = pattern_of(builder, "user_*:42");
        CHECK(matches(pattern, build(builder, "user_data", {"42"})));
        CHECK(matches(pattern, build(builder, "user_", {"42"}, kParams)));
        CHECK_FALSE(matches(pattern, build(builder, "user_data", {"x", "42"})));
        CHECK(matches(pattern_of(builder, "user_*:*42"), build(builder, "user_data", {"x", "42"})));
        CHECK(matches(pattern_of(builder, "user_*:*42"), build(builder, "user_data", {"x:42"})));
    }
}

TEST_CASE("key pattern: the digest of params is not part of an identifier") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    CHECK_FALSE(matches(pattern_of(builder, "model:gpt:*"), build(builder, "model", {"gpt"}, kParams)));
    CHECK(matches(pattern_of(builder, "model:gpt"), build(builder, "model", {"gpt"}, kParams)));
    CHECK(matches(pattern_of(builder, "aurelis:v1:model:gpt:*"), build(builder, "model", {"gpt"}, kParams)));
    // A part that looks like a digest is written differently without params; the pattern need not know.
    for (const char* params : {"", kParams}) {
        const KeptKey key = build(builder, "model", {"gpt", kDigestShaped}, params);
        CHECK(matches(pattern_of(builder, std::string("model:gpt:") + kDigestShaped), key));
        CHECK(matches(pattern_of(builder, "model:gpt:115049a2*"), key));
        CHECK_FALSE(matches(pattern_of(builder, "model:gpt"), key));
    }
    CHECK(
        matches(pattern_of(builder, std::string("model:") + kDigestShaped), build(builder, "model", {kDigestShaped})));
    const KeyBuilder compat = builder_of(KeyFormat::Compat);
    CHECK(matches(pattern_of(compat, std::string("model:m:") + kDigestShaped),
                  build_model(compat, "m", "What is the capital of France?")));
    CHECK(matches(pattern_of(compat, std::string("aurelis:v1:model:m:") + kDigestShaped + "*"),
                  build_model(compat, "m", "What is the capital of France?", kParams)));
}

TEST_CASE("key pattern: fields are written as in keys of the default format") {
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        CHECK(matches(pattern_of(builder, "user_data:a%3Ab"), build(builder, "user_data", {"a:b"})));
        CHECK_FALSE(matches(pattern_of(builder, "user_data:a%3Ac"), build(builder, "user_data", {"a:b"})));
        CHECK(matches(pattern_of(builder, "user_data:a:b"), build(builder, "user_data", {"a", "b"})));
        CHECK(matches(pattern_of(builder, "user_data:100%25"), build(builder, "user_data", {"100%"})));
        CHECK(matches(pattern_of(builder, "a%3Ab:c"), build(builder, "a:b", {"c"})));
        CHECK_FALSE(matches(pattern_of(builder, "a:b:c"), build(builder, "a:b", {"c"})));
        CHECK(matches(pattern_of(builder, "aurelis:v1:a%3Ab:c"), build(builder, "a:b", {"c"})));
    }
}

TEST_CASE("key pattern: names that the default format keeps apart are not mixed up") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    CHECK_FALSE(matches(pattern_of(builder, "user_data:a:b"), build(builder, "user_data", {"a:b"})));
    CHECK_FALSE(matches(pattern_of(builder, "user_data:a%3Ab"), build(builder, "user_data", {"a", "b"})));
}

TEST_CASE("key pattern, compat: the stored identity decides what fields there are") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    const KeptKey page = build(builder, "search_results", {"query123"}, kParams);
    REQUIRE(page.key == "aurelis:v1:search_results:query123:1d1edd5f");
    CHECK(matches(pattern_of(builder, "search_results:query123"), page));
    CHECK(matches(pattern_of(builder, "aurelis:*:search_results:query123:*"), page));
    CHECK(matches(pattern_of(builder, "aurelis:v1:search_results:query123:1d1edd5f"), page));
    CHECK_FALSE(matches(pattern_of(builder, "aurelis:*:search_results:query123"), page));
    CHECK(matches(pattern_of(builder, "aurelis:v1:c:a%3Ab:????????"), build(builder, "c", {"a:b"}, kParams)));
    CHECK_FALSE(matches(pattern_of(builder, "model:m"), build_model(builder, "m", "Why?", kParams)));
    // The same key, but an identifier that only looks as if it had params.
    const KeptKey other = build(builder, "search_results", {"query123:1d1edd5f"});
    REQUIRE(other.key == page.key);
    CHECK_FALSE(matches(pattern_of(builder, "search_results:query123"), other));
    CHECK(matches(pattern_of(builder, "search_results:query123:1d1edd5f"), other));
    // Of another namespace, although its key begins with this one.
    const KeptKey foreign = build(builder_of(KeyFormat::Compat, "aurelis:v1", "x"), "user_data", {"42"});
    REQUIRE(foreign.key == "aurelis:v1:x:user_data:42");
    CHECK_FALSE(foreign.identity.empty());
    CHECK_FALSE(matches(pattern_of(builder, "aurelis:*"), foreign));
    CHECK_FALSE(matches(pattern_of(builder, "x:user_data:42"), foreign));
    // The model key that became an identifier.
    const KeptKey doubled = build(builder, "model_responses", {build_model(builder, "gpt-4o", "Why?").key});
    CHECK(matches(pattern_of(builder, "aurelis:v1:model_responses:aurelis:v1:model:gpt-4o:*"), doubled));
    CHECK(matches(pattern_of(builder, "model_responses:*:gpt-4o:*"), doubled));
    CHECK_FALSE(matches(pattern_of(builder, "model_responses:*:gpt-4:*"), doubled));
}

TEST_CASE("key pattern, compat: without an identity every reading of the key counts") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    const auto fits = [&](std::string_view text, std::string_view key) {
        return pattern_of(builder, text).matches(key, {});
    };
    CHECK(fits("search_results:query123", "aurelis:v1:search_results:query123:1d1edd5f"));
    CHECK(fits("search_results:query123:1d1edd5f", "aurelis:v1:search_results:query123:1d1edd5f"));
    CHECK_FALSE(fits("search_results:query123", "aurelis:v1:search_results:query123:1d1edd5"));
    CHECK_FALSE(fits("search_results:query12", "aurelis:v1:search_results:query123:1d1edd5f"));
    CHECK(fits("user_data:a%3Ab", "aurelis:v1:user_data:a:b"));
    CHECK(fits("user_data:a:b", "aurelis:v1:user_data:a:b"));
    CHECK(fits("a%3Ab:c", "aurelis:v1:a:b:c"));
    CHECK_FALSE(fits("a%3Ab:c", "aurelis:v1:a:x:b:c"));
    CHECK(fits("aurelis:v1:user_data:a%3Ab", "aurelis:v1:user_data:a:b"));
    CHECK(fits("user_data:a%25b", "aurelis:v1:user_data:a%b"));
    CHECK_FALSE(fits("user_data:42", "aurelis:42"));
    CHECK_FALSE(fits("user_data:42", "other:v1:user_data:42"));
}

TEST_CASE("key pattern: no pattern matches the cache's own keys") {
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        for (const char* text : {"aurelis:*", "aurelis:v1:*", "aurelis:?1:?*", "user_data:*", "?x:*"}) {
            const KeyPattern pattern = pattern_of(builder, text);
            INFO(text);
            CHECK_FALSE(pattern.matches(builder.reserved_prefix() + "x:y", {}));
            CHECK_FALSE(pattern.matches("aurelis:v2:\x01x:y", {}));
            CHECK_FALSE(
                pattern.matches("\x01"
                                "aurelis:v1:user_data:42",
                                {}));
        }
        CHECK(pattern_of(builder, "aurelis:*").matches("aurelis:foo", {}));
    }
}

TEST_CASE("key pattern: what it reaches, its prefixes and its category") {
    struct Case {
        const char* text;
        Reach reach;
        const char* prefix;
        const char* own_prefix;
        const char* category;  // "": several or none.
    };
    const Case cases[] = {
        {"user_data:42", Reach::Identifier, "aurelis:", "aurelis:v1:user_data:42", "user_data"},
        {"user_data:a:42", Reach::Identifier, "aurelis:", "aurelis:v1:user_data:a:", "user_data"},
        {"user_data:a:x\\*", Reach::Identifier, "aurelis:", "aurelis:v1:user_data:a:x*", "user_data"},
        {"user_data:[4]2", Reach::Identifier, "aurelis:", "aurelis:v1:user_data:42", "user_data"},
        {"user_data:*", Reach::Category, "aurelis:", "aurelis:v1:user_data:", "user_data"},
        {"user_data:**", Reach::Category, "aurelis:", "aurelis:v1:user_data:", "user_data"},
        {"user_data:4*", Reach::General, "aurelis:", "aurelis:v1:user_data:4", "user_data"},
        {"user_*:42", Reach::General, "aurelis:", "aurelis:v1:user_", ""},
        {"aurelis:v1:user_data:42", Reach::Key, "aurelis:v1:user_data:42", "aurelis:v1:user_data:42", "user_data"},
        {"aurelis:v1:user_data:*", Reach::Category, "aurelis:v1:user_data:", "aurelis:v1:user_data:", "user_data"},
        {"aurelis:v1:user_data:4*2", Reach::General, "aurelis:v1:user_data:4", "aurelis:v1:user_data:4", "user_data"},
        {"aurelis:v1:user_data*", Reach::General, "aurelis:v1:user_data", "aurelis:v1:user_data", ""},
        {"aurelis:v1:a%3Ab:*", Reach::Category, "aurelis:v1:a%3Ab:", "aurelis:v1:a%3Ab:", "a:b"},
        {"aurelis:v2:user_data:*", Reach::General, "aurelis:v2:user_data:", "", ""},
        {"aurelis:*:user_data:*", Reach::General, "aurelis:", "aurelis:v1:", ""},
        {"aurelis:v*:user_data:*", Reach::General, "aurelis:v", "aurelis:v1:", ""},
        {"aurelis:*", Reach::General, "aurelis:", "aurelis:v1:", ""},
        {"[a]ureli\\s:v1:x:*", Reach::Category, "aurelis:v1:x:", "aurelis:v1:x:", "x"},
    };
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    for (const Case& one : cases) {
        const KeyPattern pattern = pattern_of(builder, one.text);
        INFO(one.text);
        CHECK(pattern.reach() == one.reach);
        CHECK(pattern.prefix() == one.prefix);
        CHECK(pattern.own_prefix() == one.own_prefix);
        CHECK(pattern.category().value_or("") == one.category);
        CHECK(pattern.text() == one.text);
    }
}

TEST_CASE("key pattern, compat: prefixes end where keys and identities may differ") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    CHECK(pattern_of(builder, "aurelis:v1:user_data:*").reach() == Reach::Category);
    CHECK(pattern_of(builder, "aurelis:v1:user_data:42").reach() == Reach::General);
    CHECK(pattern_of(builder, "aurelis:v1:user_data:a%3Ab").prefix() == "aurelis:v1:user_data:a");
    CHECK(pattern_of(builder, "aurelis:v1:model:m:115049a298532be2f181edb*").prefix() == "aurelis:v1:model:m:");
    CHECK(pattern_of(builder, "user_data:a%3Ab").own_prefix() == "aurelis:v1:user_data:a");
    CHECK(pattern_of(builder, "a%3Ab:*").reach() == Reach::General);
    CHECK_FALSE(pattern_of(builder, "a%3Ab:*").category().has_value());
    // The category of a key is not what a ':' in another one makes it look like.
    CHECK_FALSE(matches(pattern_of(builder, "aurelis:v1:a:*"), build(builder, "a:b", {"c"})));
    CHECK(matches(pattern_of(builder, "aurelis:*:a:*"), build(builder, "a:b", {"c"})));
}

TEST_CASE("key pattern, compat: a namespace or version with a ':'") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat, "a:b", "v:1");
    const KeptKey key = build(builder, "user_data", {"42"}, kParams);
    for (const char* text : {"a:b:*:user_data:42:*", "a%3Ab:*:user_data:42:*", "user_data:42", "a:b:v%3A1:user_data:*"})
        CHECK(pattern_of(builder, text).matches(key.key, key.identity));
    for (const char* text : {"a:b:*:user_data:42:*", "user_data:42", "a:b:v:1:user_data:*", "a:b:v%3A1:user_data:*"}) {
        const KeyPattern pattern = pattern_of(builder, text);
        CHECK(pattern.matches(key.key, {}));
        CHECK(key.key.starts_with(pattern.prefix()));
        CHECK(key.key.starts_with(pattern.own_prefix()));
        CHECK(pattern.own_prefix().starts_with("a:b:v:1:"));
    }
    CHECK_FALSE(pattern_of(builder, "user_data:42").matches("a:b2:v1:user_data:42", {}));
}

TEST_CASE("key pattern: what is refused, and the way out") {
    struct Case {
        std::string text;
        const char* message;
    };
    const Case cases[] = {
        {"", "the pattern is empty; write 'user_data:42' or, in full, 'aurelis:*:user_data:42'"},
        {"*",
         "pattern '*': wildcards in the namespace could reach the keys of other caches; write 'aurelis:' in place "
         "of '*:', or name a category"},
        {"*:v1:user_data:42", "pattern '*:v1:user_data:42': wildcards in the namespace could reach the keys"},
        {"aurel*:v1:user_data:42", "write 'aurelis:' in place of 'aurel*:'"},
        {"aureli[st]:v1:x:1", "write 'aurelis:' in place of 'aureli[st]:'"},
        {"?urelis:*", "wildcards in the namespace"},
        {"user_data", "pattern 'user_data': it has neither this cache's namespace nor a category and an identifier"},
        {"aurelis", "pattern 'aurelis': it has neither this cache's namespace nor a category and an identifier"},
        {":42", "its category cannot be read: it is empty"},
        {"user_data:", "the identifier is empty, which it is in no key; for the whole category write 'user_data:*'"},
        {"aurelis:", "the version is empty, which it is in no key; name it or write a '*'"},
        {"aurelis:42", "its category cannot be read: it has too few fields for a key; write"},
        {"aurelis:v1:user_data", "its category cannot be read: it has too few fields for a key"},
        {"aurelis:v?:user_data", "its category cannot be read: it has too few fields for a key"},
        {"aurelis::user_data:*", "the version is empty"},
        {"aurelis:v1::*", "the category is empty"},
        {"aurelis:v1:user_data:", "the identifier is empty"},
        {"user_data:100%", "'%' is not in any key"},
        {"user_data:%3a",
         "'%3a' is not in any key: only ':', '%' and control characters are written as %XX, in upper "
         "case; write a '%' as %25"},
        {"user_data:%41", "'%41' is not in any key"},
        {"user_data:a\nb", "pattern 'user_data:a?b': it has a control character; write it as it is in keys"},
        {"user_data:\x7f", "it has a control character"},
        {std::string("user_data:a\0b", 13), "it has a control character"},
        {"user_data:\xff", "it is not UTF-8 from byte 11 on; write bytes that are not text as ?"},
        {"user_data:a\\", "nothing follows the backslash at its end; write '\\\\' for a backslash"},
        {"user_data:[ab", "a '[' has no ']' after it; write '\\[' for a plain '['"},
        {"user_data:a[", "a '[' has no ']' after it"},
        {"aurelis:*:user_data:[!", "a '[' has no ']' after it"},
        {"user_data:[b-a]x", "no byte is in the set [b-a]; write the lower end of a range first"},
        {std::string(1'000'000, 'a'), "it has 1000000 bytes, the limit is 4096; shorten it with a '*'"},
    };
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        for (const Case& one : cases) {
            const std::string message = refusal(builder, one.text);
            INFO(message);
            CHECK(message.find(one.message) != std::string::npos);
            CHECK(message.size() < 400);
        }
    }
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    // Only there no field has a plain ':'.
    for (const char* text : {"user_data::a", "user_data:a::b", "aurelis:*::b", "user_data:a*:[:]b"})
        CHECK(refusal(builder, text).find("nothing is between two ':'") != std::string::npos);
    for (const char* text : {"user_data:a:", "aurelis:*:user_data:a:", "user_data:*:"})
        CHECK(refusal(builder, text).find("nothing follows the ':' at its end") != std::string::npos);
    for (const char* text : {"user_data::a", "user_data:a:", "aurelis:*::b"})
        CHECK(KeyPattern::parse(text, builder_of(KeyFormat::Compat)).has_value());
    CHECK(KeyPattern::parse(std::string(4097, 'a'), builder).error().status == AURELIS_E_TOO_LARGE);
    CHECK(KeyPattern::parse("c:" + std::string(4094, 'a'), builder).has_value());
    // What only looks wrong.
    for (const char* text : {"user_data:%3*", "user_data:%*", "user_data:%3A", "model:m:%31*", "user_data:[%]*",
                             "user_data:%?", "aurelis2:42", "aurelis:*user_data", "grüße:*"})
        CHECK(KeyPattern::parse(text, builder).has_value());
}

TEST_CASE("key pattern: a text as a pattern matches itself and nothing else") {
    const std::string texts[] = {"42",  "*",   "a*b", "a?b", "[a-z]", "\\",       "a\\*", "a:b",
                                 "a%b", "%3A", "[!",  "]",   "a\nb",  "grüße 世", "\x01", kDigestShaped};
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        for (const std::string& text : texts) {
            const KeyPattern pattern = pattern_of(builder, "user_data:" + pattern_of_field(text));
            const KeyPattern category =
                pattern_of(builder, pattern_of_field("c" + text) + ":" + pattern_of_field(text));
            INFO(pattern.text());
            CHECK(pattern.reach() == Reach::Identifier);
            for (const std::string& other : texts) {
                CHECK(matches(pattern, build(builder, "user_data", {other})) == (text == other));
                CHECK(matches(pattern, build(builder, "user_data", {other}, kParams)) == (text == other));
                CHECK(matches(category, build(builder, "c" + other, {text})) == (text == other));
            }
        }
    }
}

TEST_CASE("key pattern: one that a person has written is not taken for what looks like a key of another namespace") {
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        for (const char* text : {"other:v1:user_data:42", "other:v1:user_data:*", "other:[v]1:a:b:c"}) {
            const auto refused = KeyPattern::parse_written(text, builder);
            REQUIRE_FALSE(refused.has_value());
            CHECK(refused.error().message.find("it looks like a full key of another namespace, and this cache's keys "
                                               "begin with 'aurelis:'; name a key of this cache, or, if 'other' is a "
                                               "category, write 'aurelis:*:' in front of it") != std::string::npos);
        }
        // The other reading, which no person needs to be warned of.
        const KeptKey own = build(builder, "other", {"v1", "user_data", "42"});
        CHECK(matches(pattern_of(builder, "other:v1:user_data:42"), own));
        CHECK(matches(pattern_of(builder, "aurelis:*:other:v1:user_data:42"), own));
        for (const char* text : {"prompts:v1:42", "prompts:v1:*", "prompts:v2:a:b", "?:v1:a:b", "aurelis:v1:a:b"})
            CHECK(KeyPattern::parse_written(text, builder).has_value());
    }
}

TEST_CASE("key pattern: a key as a pattern matches itself and nothing else") {
    const std::string texts[] = {"42", "*", "a[b]?", "a:b", "a%b", "a:b%", "%3A", "a\nb", kDigestShaped};
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        for (const std::string& text : texts)
            for (const char* params : {"", kParams}) {
                const KeptKey key = build(builder, "user_data", {text}, params);
                const KeyPattern pattern = pattern_of(builder, pattern_of_key(key.key, format));
                INFO(pattern.text());
                CHECK(pattern.is_full());
                for (const std::string& other : texts)
                    for (const char* other_params : {"", kParams})
                        CHECK(matches(pattern, build(builder, "user_data", {other}, other_params)) ==
                              (text == other && std::string_view(params) == other_params));
            }
    }
}

TEST_CASE("key pattern: a text as a pattern cannot close a set that is open before it") {
    CHECK(pattern_of_field("x]") == "x\\]");
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    CHECK(refusal(builder, "user_data:a[" + pattern_of_field("x]")).find("a '[' has no ']'") != std::string::npos);
}

TEST_CASE("key pattern: a pattern of many stars ends soon on a key that it nearly matches") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    std::string text = "c:";
    for (int i = 0; i < 1000; ++i) text += "*a";
    const KeyPattern pattern = pattern_of(builder, text + "b");
    CHECK_FALSE(pattern.matches("aurelis:v1:c:" + std::string(20'000, 'a'), {}));
    CHECK(pattern.matches("aurelis:v1:c:" + std::string(20'000, 'a') + "b", {}));
}

}  // namespace
}  // namespace aurelis::core
