#include "keys/key_family.hpp"

#include "key_test_support.hpp"

namespace aurelis::core {
namespace {

constexpr const char* kDigestShaped = "115049a298532be2f181edb03f766770";

KeyFamily family_of(const KeyBuilder& builder, std::string_view category, const std::vector<std::string>& parts) {
    const auto views = parts_of(parts);
    auto family = KeyFamily::create(builder, category_of(builder, category), views);
    REQUIRE(family.has_value());
    return std::move(family).value();
}

bool contains(const KeyFamily& family, const KeptKey& key) { return family.contains(key.key, key.identity); }

TEST_CASE("a key family is one category and identifier with whatever params") {
    const std::vector<std::vector<std::string>> names = {{"42"},          {"a:b"},
                                                         {"a", "b"},      {"100%"},
                                                         {kDigestShaped}, {"m", kDigestShaped},
                                                         {"a\nb"},        {"42", "1d1edd5f"},
                                                         {"42:1d1edd5f"}, {"a", "b", "c"}};
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        for (const auto& name : names) {
            const KeyFamily family = family_of(builder, "user_data", name);
            INFO(family.prefix());
            for (const auto& other : names) {
                for (const char* params : {"", R"({"page":1})", R"({"page":2})"}) {
                    const KeptKey key = build(builder, "user_data", other, params);
                    REQUIRE(key.status == AURELIS_OK);
                    INFO(key.key << " of " << key.identity);
                    // Without an identity, two names that share a key cannot be told apart.
                    const bool shares_key =
                        format == KeyFormat::Compat && key.identity.empty() && contains(family, key);
                    CHECK(contains(family, key) == (name == other || shares_key));
                    if (name == other) CHECK(key.key.starts_with(family.prefix()));
                }
            }
            CHECK_FALSE(contains(family, build(builder, "user_dat", name)));
            CHECK_FALSE(contains(family, build(builder_of(format, "acme"), "user_data", name)));
            CHECK_FALSE(contains(family, build(builder_of(format, "aurelis", "v2"), "user_data", name)));
        }
    }
}

TEST_CASE("a key family in the compat format: the identity decides, and without one the key") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    const KeyFamily family = family_of(builder, "search_results", {"query123"});
    CHECK(family.contains("aurelis:v1:search_results:query123", {}));
    CHECK(family.contains("aurelis:v1:search_results:query123:1d1edd5f", {}));
    CHECK_FALSE(family.contains("aurelis:v1:search_results:query123:1d1edd5F", {}));
    CHECK_FALSE(family.contains("aurelis:v1:search_results:query123:x", {}));
    CHECK(family.contains("aurelis:v1:search_results:query123:1d1edd5f",
                          "aurelis:v1:search_results:query123\x1f{\"limit\": 10, \"page\": 1}"));
    CHECK_FALSE(family.contains("aurelis:v1:search_results:query123:1d1edd5f",
                                "aurelis:v1:search_results:query123%3A1d1edd5f"));
    const KeptKey model = build_model(builder, "m", "What is the capital of France?", R"({"a":1})");
    CHECK(contains(family_of(builder, "model", {"m", kDigestShaped}), model));
}

TEST_CASE("a key family whose keys have no room for a digest has the key without params") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const std::string part(kKeyBytesMax - std::string_view("aurelis:v1:c:").size(), 'x');
    const KeyFamily family = family_of(builder, "c", {part});
    CHECK(family.contains("aurelis:v1:c:" + part, {}));
    CHECK_FALSE(family.contains("aurelis:v1:c:" + part + "x", {}));
}

TEST_CASE("a key family of no identifier is refused by the builder's message") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const auto family = KeyFamily::create(builder, category_of(builder, "c"), {});
    REQUIRE_FALSE(family.has_value());
    CHECK(family.error().message == "category c: the identifier is empty; name what to look up");
}

}  // namespace
}  // namespace aurelis::core
