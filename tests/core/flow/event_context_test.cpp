#include "flow/event_context.hpp"

#include "support/catch.hpp"

#include <vector>

namespace aurelis::core {
namespace {

std::string value_in(std::string_view json, std::string_view name) {
    const auto context = EventContext::from_json(json);
    INFO((context ? std::string() : context.error().message));
    REQUIRE(context.has_value());
    return std::string(context->find(name).value_or("(unknown)"));
}

std::string refusal(std::string_view json) {
    const auto context = EventContext::from_json(json);
    REQUIRE_FALSE(context.has_value());
    return context.error().message;
}

TEST_CASE("event context: the values of a flat JSON object, numbers as they are written") {
    CHECK(value_in(R"({"a": "x", "b": 42})", "a") == "x");
    CHECK(value_in(R"({"a": "x", "b": 42})", "b") == "42");
    CHECK(value_in(R"({"a": -7})", "a") == "-7");
    CHECK(value_in(R"({"a": 1.10})", "a") == "1.10");
    CHECK(value_in(R"({"a": 18446744073709551615})", "a") == "18446744073709551615");
    CHECK(value_in(R"({"a": 123456789012345678901234567890})", "a") == "123456789012345678901234567890");
    CHECK(value_in(R"({"a": true, "b": false})", "a") == "true");
    CHECK(value_in(R"({"a": true, "b": false})", "b") == "false");
    CHECK(value_in(R"({"a": "\u00fc\n*"})", "a") == "ü\n*");
    CHECK(value_in(R"({"a": ""})", "a").empty());
    CHECK(value_in("{}", "a") == "(unknown)");
    CHECK(value_in("", "a") == "(unknown)");
}

TEST_CASE("event context: what is not a flat JSON object is refused") {
    CHECK(refusal("[1]") == R"(the event's context: it is not an object; write it as {"user_id": "42"})");
    CHECK(refusal("\"a\"").find("it is not an object") != std::string::npos);
    CHECK(refusal("{\"a\": 1").find("it is not JSON from byte 8 on; write it as") != std::string::npos);
    CHECK(refusal("{\"a\": \"\xff\"}").find("it is not JSON from byte 8 on") != std::string::npos);
    CHECK(refusal("{} x").find("it is not JSON") != std::string::npos);
    CHECK(refusal(R"({"a": null})") == "the event's context: 'a' is null; give it a value or leave it out");
    CHECK(refusal(R"({"a": {"b": 1}})").find("'a' is not a text, a number or a boolean; pass its members") !=
          std::string::npos);
    CHECK(refusal(R"({"a": [1]})").find("'a' is not a text, a number or a boolean") != std::string::npos);
    CHECK(refusal(R"({"a": 1, "a": 2})") == "the event's context: 'a' is given twice; remove one of the two");
    CHECK(refusal(R"({"": 1})") == "the event's context: a name is empty; name each value");
    CHECK(refusal(std::string(2'000'000, ' ')).find("its JSON has 2000000 bytes, the limit is 1048576") !=
          std::string::npos);
    CHECK(refusal(std::string(500'000, '[')).find("it is not an object") != std::string::npos);
}

TEST_CASE("event context: pairs") {
    const std::vector<std::string> pairs = {"user_id=42", "query=a=b", "none="};
    const auto context = EventContext::from_pairs(pairs);
    REQUIRE(context.has_value());
    CHECK(context->find("user_id") == "42");
    CHECK(context->find("query") == "a=b");
    CHECK(context->find("none") == "");
    CHECK(context->names() == "none, query, user_id");
    const std::vector<std::string> no_equals = {"user_id"};
    CHECK(EventContext::from_pairs(no_equals).error().message ==
          "the event's context: 'user_id' has no '='; write it as name=value");
    const std::vector<std::string> no_name = {"=1"};
    CHECK(EventContext::from_pairs(no_name).error().message.find("a name is empty") != std::string::npos);
}

TEST_CASE("event context: bounds") {
    EventContext context;
    CHECK(context.add(std::string(128, 'n'), std::string(4096, 'v')).has_value());
    CHECK(context.add(std::string(129, 'n'), "v").error().message.find("has 129 bytes, the limit is 128; shorten it") !=
          std::string::npos);
    CHECK(context.add("v", std::string(4097, 'v')).error().message ==
          "the event's context: the value of 'v' has 4097 bytes, the limit is 4096; pass what the rules need, such as "
          "an id");
    for (int i = 1; i < 64; ++i) CHECK(context.add(std::to_string(i), "v").has_value());
    const auto one_more = context.add("more", "v");
    CHECK(one_more.error().message.find("it has more than 64 names; pass only what") != std::string::npos);
    CHECK(one_more.error().status == AURELIS_E_TOO_LARGE);
}

}  // namespace
}  // namespace aurelis::core
