#include "flow/policy.hpp"

#include "support/catch.hpp"

#include <initializer_list>

using namespace aurelis::core;

namespace {

CategoryConfig category(std::string name, int64_t ttl_ns = 0) {
    CategoryConfig made;
    made.name = std::move(name);
    if (ttl_ns != 0) made.ttl = Ttl{ttl_ns, false};
    return made;
}

Policies policies_of(std::initializer_list<CategoryConfig> categories) {
    Config config;
    config.categories = categories;
    return Policies(config);
}

}  // namespace

TEST_CASE("policies: an exact name counts before any glob, and a longer glob before a shorter one") {
    const Policies policies = policies_of({category("*", 1), category("user_*", 2), category("user_d*", 3),
                                           category("user_data", 4), category("default", 5)});
    CHECK(policies.of("user_data").name == "user_data");
    CHECK(policies.of("user_data").ttl->ns == 4);
    CHECK(policies.of("user_dates").name == "user_d*");
    CHECK(policies.of("user_list").name == "user_*");
    CHECK(policies.of("orders").name == "*");
    CHECK(policies.of("default").name == "default");
    CHECK(policies_of({category("user_*")}).of("orders").name == "default");
}

TEST_CASE("policies: of equally exact globs the first in the file counts") {
    CHECK(policies_of({category("user_*"), category("*_data")}).of("user_data").name == "user_*");
    CHECK(policies_of({category("*_data"), category("user_*")}).of("user_data").name == "*_data");
    // A set or a ? fixes no byte.
    CHECK(policies_of({category("u[sS]r_*"), category("u?r_*"), category("us*")}).of("usr_data").name == "u[sS]r_*");
    CHECK(policies_of({category("us[eE]r*"), category("user*")}).of("user_data").name == "user*");
}

TEST_CASE("policies: a glob takes from default what it does not say, like a name") {
    CategoryConfig fallback = category("default", 7);
    fallback.origin = "host:users";
    fallback.tags = {{"b", "a"}};
    CategoryConfig glob = category("user_*");
    glob.stale_ns = 3;
    const Policies policies = policies_of({fallback, glob});
    const Policy& policy = policies.of("user_data");
    CHECK(policy.ttl->ns == 7);
    CHECK(policy.stale_ns == 3);
    CHECK(policy.origin == "host:users");
    CHECK(policy.tags == std::vector<std::string>{"a", "b"});
    CHECK(policies.otherwise().stale_ns == 0);
}

TEST_CASE("policies: an escaped character in a key is that character") {
    const Policies policies = policies_of({category("a\\*b", 1)});
    CHECK(policies.of("a*b").name == "a\\*b");
    CHECK(policies.of("axb").name == "default");
}

TEST_CASE("policies: a policy is found by its key as well") {
    Policies policies = policies_of({category("user_*"), category("user_data")});
    CHECK(policies.configured_as("user_*").name == "user_*");
    CHECK(policies.configured_as("user_data").name == "user_data");
    CHECK(&policies.configured_as("default") == &policies.otherwise());
    int count = 0;
    policies.for_each([&](Policy&) { ++count; });
    CHECK(count == 3);
}
