#include "config/values.hpp"
#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using aurelis::core::test::scalar;

namespace {

Node of(Node::Kind kind) {
    Node node;
    node.kind = kind;
    return node;
}
Node hidden(const char* text) {
    Node node = scalar(text);
    node.secret = true;
    return node;
}

}  // namespace

TEST_CASE("values: whole numbers are decimal and unquoted") {
    CHECK(to_int(scalar("-5")).value() == -5);
    CHECK(to_int(scalar("0")).value() == 0);
    CHECK(to_int(scalar("9223372036854775807")).value() == 9223372036854775807);
    CHECK(to_int(scalar("high")).error().message == "expected a whole number, got 'high'");
    CHECK(to_int(scalar("3", true)).error().message ==
          "expected a whole number, got the text '3'; remove the quotes");
    for (const char* wrong : {"", "-", "+1", "1.0", "010", "-01", "0x10", "1e3", "9223372036854775808", "1 ", " 1"})
        CHECK_FALSE(to_int(scalar(wrong)));
    CHECK(to_int(of(Node::Kind::List)).error().message == "expected a whole number, got a list");
}

TEST_CASE("values: numbers are finite, booleans are true and false") {
    CHECK(to_double(scalar("0.85")).value() == 0.85);
    CHECK(to_double(scalar("-1e3")).value() == -1000.0);
    for (const char* wrong : {"", "inf", "nan", "1e999", "0x1", "1,5", "x"}) CHECK_FALSE(to_double(scalar(wrong)));
    CHECK_FALSE(to_double(scalar("1", true)));
    for (const char* yes : {"true", "True", "TRUE"}) CHECK(to_bool(scalar(yes)).value());
    for (const char* no : {"false", "False", "FALSE"}) CHECK_FALSE(to_bool(scalar(no)).value());
    CHECK(to_bool(scalar("yes")).error().message == "expected true or false, got 'yes'");
    CHECK_FALSE(to_bool(scalar("true", true)));
    CHECK(to_bool(of(Node::Kind::Null)).error().message == "expected true or false, got nothing");
}

TEST_CASE("values: text is any scalar; durations and sizes may be quoted") {
    CHECK(to_text(scalar("1")).value() == "1");
    CHECK(to_text(of(Node::Kind::Map)).error().message == "expected text, got a map");
    CHECK(to_duration(scalar("5m", true)).value() == 300'000'000'000);
    CHECK_FALSE(to_duration(of(Node::Kind::List)));
    CHECK(to_size(scalar("1KiB", true)).value() == 1024);
    CHECK_FALSE(to_size(of(Node::Kind::List)));
    CHECK(to_ttl(scalar("never")).value().never);
    CHECK_FALSE(to_ttl(of(Node::Kind::Null)));
}

TEST_CASE("values: no error shows a secret") {
    CHECK(to_int(hidden("hunter2")).error().message == "expected a whole number, got ****");
    CHECK(to_double(hidden("hunter2")).error().message == "expected a number, got ****");
    CHECK(to_bool(hidden("hunter2")).error().message == "expected true or false, got ****");
    CHECK(to_duration(hidden("hunter2")).error().message == "expected a duration, got ****");
    CHECK(to_size(hidden("hunter2")).error().message == "expected a size, got ****");
    CHECK(to_ttl(hidden("hunter2")).error().message == "expected a duration or the word never, got ****");
    Node quoted = hidden("hunter2");
    quoted.quoted = true;
    CHECK(to_int(quoted).error().message.find("hunter2") == std::string::npos);
    CHECK(shown(scalar("redis://:hunter2@host")) == "'redis://:****@host'");
}

TEST_CASE("values: what is shown is one short line of whole characters") {
    CHECK(printable("a\nb\tc\x7f") == "a?b?c?");
    CHECK(printable(std::string(60, 'x')) == std::string(60, 'x'));
    CHECK(printable(std::string(61, 'x')) == std::string(60, 'x') + "...");
    CHECK(printable(std::string(59, 'x') + "\xc3\xa4tail") == std::string(59, 'x') + "...");
}

TEST_CASE("values: passwords within URLs are masked") {
    CHECK(without_url_password("rediss://user:pw@host:6379/0") == "rediss://user:****@host:6379/0");
    CHECK(without_url_password("redis://:p@ss/w@host") == "redis://:****@host");
    CHECK(without_url_password("redis://host:6379/0") == "redis://host:6379/0");
    CHECK(without_url_password("redis://user@host:6379") == "redis://user@host:6379");
    CHECK(without_url_password("a@b://host") == "a@b://host");
    CHECK(without_url_password("a:b@c") == "a:b@c");
}

TEST_CASE("values: names of keys that suggest a secret") {
    for (const char* name : {"password", "PASSWORD", "redis_password", "api-key", "tls.key", "token", "key", "apikey"})
        CHECK(key_suggests_secret(name));
    for (const char* name : {"keys", "max_tokens", "path", "monkey", "key_format", ""})
        CHECK_FALSE(key_suggests_secret(name));
}

TEST_CASE("values: the valid prefix of UTF-8 ends at the first bad byte") {
    CHECK(valid_utf8_prefix("") == 0);
    CHECK(valid_utf8_prefix("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") == 10);
    CHECK(valid_utf8_prefix("\xf4\x8f\xbf\xbf") == 4);
    CHECK(valid_utf8_prefix("\xed\x9f\xbf") == 3);
    CHECK(valid_utf8_prefix("\xe0\xa0\x80\xf0\x90\x80\x80") == 7);
    CHECK(valid_utf8_prefix("\xf1\x80\x80\x80") == 4);
    for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\x81", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xe2\x28\xa1", "\xc3\x41"})
        CHECK(valid_utf8_prefix("ok" + std::string(bad)) == 2);
}
