// Covers: core/flow/full_key.cpp
#include "flow/rule_target.hpp"

#include "support/catch.hpp"

#include <vector>

namespace aurelis::core {
namespace {

using Kind = InvalidationTarget::Kind;

KeyBuilder keys_of(KeyFormat format = KeyFormat::Default, std::string_view name_space = "aurelis") {
    auto keys = KeyBuilder::create(name_space, "v1", format);
    REQUIRE(keys.has_value());
    return std::move(keys).value();
}

RuleTarget target_of(std::string_view text, const KeyBuilder& keys = keys_of()) {
    auto target = RuleTarget::parse(text, keys);
    INFO((target ? std::string() : target.error().message));
    REQUIRE(target.has_value());
    return std::move(target).value();
}

std::string refusal(std::string_view text) {
    const auto target = RuleTarget::parse(text, keys_of());
    INFO(text);
    REQUIRE_FALSE(target.has_value());
    return target.error().message;
}

EventContext context_of(const std::vector<std::pair<std::string, std::string>>& values) {
    EventContext context;
    for (const auto& [name, value] : values) REQUIRE(context.add(name, value).has_value());
    return context;
}

// With {v} as the value; "!..." is what is wrong.
std::string resolved(std::string_view text, const std::string& value, const KeyBuilder& keys = keys_of()) {
    const auto target = target_of(text, keys).resolve(context_of({{"v", value}}), keys);
    return target ? target->text : "!" + target.error().message;
}

TEST_CASE("rule target: its kind is what it begins with") {
    CHECK(target_of("category:user_data").kind() == Kind::Category);
    CHECK(target_of("pattern:user_data:42").kind() == Kind::Pattern);
    CHECK(target_of("tag:users").kind() == Kind::Tag);
    CHECK(target_of("event:b").kind() == Kind::Event);
    CHECK(target_of("aurelis:v1:user_data:42").kind() == Kind::Key);
    CHECK(resolved("category:a:b", "") == "a:b");
    CHECK(target_of("event:b").event() == "b");
    CHECK(target_of("event:{v}").event().empty());
    CHECK(target_of("tag:b").event().empty());
    CHECK(target_of("tag:{v}").has_variables());
    CHECK_FALSE(target_of("tag:{{v}}").has_variables());
}

TEST_CASE("rule target: variables and braces") {
    CHECK(resolved("tag:user-{v}", "42") == "user-42");
    CHECK(resolved("tag:{v}{v}x{v}", "ab") == "ababxab");
    CHECK(resolved("tag:{{v}}", "42") == "{v}");
    CHECK(resolved("tag:{{{v}}}", "42") == "{42}");
    CHECK(resolved("tag:{v}", "{w}") == "{w}");
    CHECK(resolved("category:{v}", "user_data") == "user_data");
    CHECK(resolved("event:{v}_changed", "user") == "user_changed");
    for (const char* text : {"tag:{", "tag:}", "tag:a}b", "tag:{v", "pattern:c:{v}}"}) {
        INFO(text);
        CHECK(refusal(text).find("has no partner; write a variable as {name}, and a brace itself twice") !=
              std::string::npos);
    }
    for (const char* text : {"tag:{}", "tag:{a b}", "tag:{1a}", "tag:{a-b}", "tag:{ü}", "tag:{a{b}"}) {
        INFO(text);
        CHECK(refusal(text).find("is not a variable: its name has letters, digits and '_'") != std::string::npos);
    }
}

TEST_CASE("rule target: a value counts as plain text within a pattern") {
    CHECK(resolved("pattern:user_data:{v}", "42") == "user_data:42");
    CHECK(resolved("pattern:user_data:{v}", "*") == "user_data:\\*");
    CHECK(resolved("pattern:user_data:{v}:*", "a?[b]\\") == "user_data:a\\?\\[b\\]\\\\:*");
    CHECK(resolved("pattern:user_data:{v}", "a:b%") == "user_data:a%3Ab%25");
    CHECK(resolved("pattern:{v}:42", "user_*") == "user_\\*:42");
    CHECK(resolved("pattern:aurelis:*:user_data:{v}*", "*") == "aurelis:*:user_data:\\**");
    for (const char* text : {"pattern:c:[{v}]", "pattern:c:[a{v}]", "pattern:c:[!{v}-z]x", "pattern:c:\\{v}"}) {
        INFO(text);
        CHECK(refusal(text).find("a variable is within [...] or after a backslash; its value could not be escaped") !=
              std::string::npos);
    }
    CHECK(refusal("pattern:c:a[{v}").find("a '[' has no ']' after it") != std::string::npos);
    CHECK(refusal("pattern:other:v1:c:{v}").find("looks like a full key of another namespace") != std::string::npos);
}

TEST_CASE("rule target: no value makes a pattern wider than it is written") {
    const KeyBuilder keys = keys_of();
    for (const char* value : {"aurelis", "*", "?", "[a-z]", "aurelis:v1", "**:**", "\\", "\\*"}) {
        for (const char* text : {"pattern:{v}:*", "pattern:{v}:42", "pattern:user_data:{v}", "pattern:x{v}:*"}) {
            const auto target = target_of(text).resolve(context_of({{"v", value}}), keys);
            INFO(text << " with " << value);
            if (!target) continue;
            CHECK_FALSE(target->pattern->is_full());
            CHECK_FALSE(target->pattern->matches("aurelis:v1:user_data:42", {}));
            CHECK_FALSE(target->pattern->matches("aurelis:v1:other:1", {}));
        }
    }
    CHECK(resolved("pattern:{v}:*", "aurelis")
              .find("with the event's context it begins with the cache's namespace; "
                    "write the namespace in the target itself") != std::string::npos);
    CHECK(resolved("pattern:aure{v}:*", "lis").find("begins with the cache's namespace") != std::string::npos);
    CHECK(resolved("pattern:{v}*:1", "aure").find("wildcards in the namespace") != std::string::npos);
    CHECK(resolved("pattern:user_data:{v}*", "").find("the variable 'v' is empty") != std::string::npos);
}

TEST_CASE("rule target: a value is one field of a full key") {
    CHECK(resolved("aurelis:v1:user_data:{v}", "42") == "aurelis:v1:user_data:42");
    CHECK(resolved("aurelis:v1:user_data:{v}", "a:b") == "aurelis:v1:user_data:a%3Ab");
    CHECK(resolved("aurelis:v1:user_data:{v}", "*") == "aurelis:v1:user_data:*");
    CHECK(resolved("aurelis:v1:user_data:{v}", "a:b", keys_of(KeyFormat::Compat)) == "aurelis:v1:user_data:a:b");
    CHECK(resolved("aurelis:v1:{v}:1", "\x01x") == "aurelis:v1:%01x:1");
    CHECK(resolved("aurelis:v1:{v}:1", "\x01x", keys_of(KeyFormat::Compat))
              .find("the key is in the range that is reserved for the cache itself") != std::string::npos);
}

TEST_CASE("rule target: what is refused when it is written") {
    CHECK(refusal("") == "a target is empty; write category:NAME, pattern:GLOB, tag:NAME, event:NAME or a full key");
    for (const char* text : {"category:", "tag:", "event:"})
        CHECK(refusal(text) == "target '" + std::string(text) + "': nothing follows the ':'; name what to invalidate");
    CHECK(refusal("pattern:") ==
          "target 'pattern:': the pattern is empty; write 'user_data:42' or, in full, "
          "'aurelis:*:user_data:42'");
    CHECK(refusal("pattern:acme*").find("it has neither this cache's namespace nor a category") != std::string::npos);
    CHECK(refusal("pattern:a*:*").find("wildcards in the namespace") != std::string::npos);
    CHECK(refusal("pattern:user_data:a\nb").find("it has a control character") != std::string::npos);
    CHECK(refusal("pattern:{v}").find("it has neither this cache's namespace nor a category") != std::string::npos);
    CHECK(refusal("event:a\nb").find("target 'event:a?b': the event's name holds a control character") == 0);
    CHECK(refusal("tag:" + std::string(1025, 't')).find("the tag has 1025 bytes, the limit is 1024; shorten it") !=
          std::string::npos);
    CHECK(refusal(std::string(4097, 't')).find("it has 4097 bytes, the limit is 4096; shorten it") !=
          std::string::npos);
    CHECK(refusal("aurelis:v1:\x01x:1").find("reserved for the cache itself") != std::string::npos);
    CHECK(RuleTarget::parse(std::string(1'000'000, 'k'), keys_of()).error().status == AURELIS_E_TOO_LARGE);
}

TEST_CASE("rule target: what is refused with its values") {
    const std::string long_value(4096, 'x');
    CHECK(resolved("tag:{v}", long_value).find("the tag has 4096 bytes, the limit is 1024") != std::string::npos);
    CHECK(resolved("event:{v}", long_value).find("the event's name is longer than 128 bytes") != std::string::npos);
    CHECK(resolved("event:{v}", "a\nb").find("holds a control character") != std::string::npos);
    CHECK(resolved("pattern:user_data:{v}", long_value).find("the limit is 4096") != std::string::npos);
    CHECK(resolved("pattern:user_data:{v}", "\xff").find("it is not UTF-8") != std::string::npos);
    CHECK(resolved("aurelis:v1:c:{v}", long_value).find("no entry can have this key: pattern 'aurelis:v1:c:xxx") !=
          std::string::npos);
    CHECK(resolved("aurelis:v1:c:{v}", "\xff").find("it is not UTF-8") != std::string::npos);
    CHECK(resolved("tag:{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}{v}", long_value)
              .find("with the event's context it has more than 65536 bytes; pass shorter values") != std::string::npos);
}

TEST_CASE("rule target: a full key is one of this cache's, in full and without wildcards, or says what was meant") {
    const std::string base = "it begins with no kind, and as a full key it would begin with 'aurelis:'; did you mean ";
    const std::pair<std::string, std::string> cases[] = {
        {"user_data:{id}", base + "'pattern:user_data:{id}'?"},
        {"user_data:{{a:b}}", base + "'pattern:user_data:{{a:b}}'?"},
        {"{category}:{id}", base + "'pattern:{category}:{id}'?"},
        {"files:a:b", base + "'pattern:files:a:b'?"},
        {"user_data", base + "'category:user_data'? (or pattern:, tag:, event:)"},
        {"tags:x", base + "'tag:x'?"},
        {"Category:x", base + "'category:x'?"},
        {"key:aurelis:v1:a:1", "a full key is written without 'key:'; did you mean 'aurelis:v1:a:1'?"},
        {"keys:a:1", "a full key is written without 'keys:'; did you mean 'aurelis:v1:a:1'?"},
        {"other:v1:user_data:{id}", "a full key of another namespace than this cache's, which begins with 'aurelis:'"},
        {"aurelis", base + "'category:aurelis'?"},
        {"aurelis:v1", "it has too few fields for a full key, as in 'aurelis:v1:user_data:42'; did you mean "
                       "'category:v1'?"},
        {"aurelis:v1:user_data", "since no identifier follows the category; did you mean 'category:user_data'?"},
        {"aurelis:v1:{category}", "since no identifier follows the category; did you mean 'category:{category}'?"},
        {"aurelis:v1:user_data:", "the identifier is empty"},
        {"aurelis:v1:user_data:*", "a full key has no wildcards; did you mean 'pattern:aurelis:v1:user_data:*'?"},
        {"aurelis:v1:user_data:a?", "a full key has no wildcards"},
        {"aurelis:v1:user_[a]:1", "a full key has no wildcards"},
        {"aurelis:v1:user_data:100%", "no entry can have this key: pattern 'aurelis:v1:user_data:100%': '%' is not"},
    };
    for (const auto& [text, told] : cases) {
        const std::string message = refusal(text);
        INFO(message);
        CHECK(message.starts_with("target '" + text + "': "));
        CHECK(message.find(told) != std::string::npos);
    }
    // In the compat format fields are not escaped.
    CHECK(resolved("aurelis:v1:user_data:100%", "", keys_of(KeyFormat::Compat)) == "aurelis:v1:user_data:100%");
    CHECK(resolved("aurelis:v1:user_data:a\\{{", "") == "aurelis:v1:user_data:a\\{");
}

TEST_CASE("rule target: what only looks like a mistake is a warning") {
    CHECK(target_of("category:user_*").warning().find("for several write pattern:user_*:*") != std::string::npos);
    for (const char* text : {"tag:x", "category:x", "pattern:user_*:*", "aurelis:v1:tags:x", "event:x"})
        CHECK(target_of(text).warning().empty());
    CHECK(target_of("tags:v1:users:42", keys_of(KeyFormat::Default, "tags")).warning().empty());
}

}  // namespace
}  // namespace aurelis::core
