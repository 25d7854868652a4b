// The stage msgpack, round trips: random documents, in the one form that the stage promises to restore, and from
// another JSON library, which must read the same values from the encoding.
#include "plugins/stage_rig.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <thread>
#include <vector>

namespace {

using namespace aurelis::test;

// The shortest digits by trial, laid out by hand: an independent way to the text that write_double makes.
std::string text_of(double number) {
    char text[40];
    int precision = 0;
    do {
        std::snprintf(text, sizeof text, "%.*e", precision, number);
    } while (std::strtod(text, nullptr) != number && ++precision < 17);
    const std::string scientific(text);
    const size_t e = scientific.find('e');
    const int exponent = std::stoi(scientific.substr(e + 1));
    if (number != 0 && (exponent < -4 || exponent >= 16)) return scientific;
    const int behind_point = std::max(1, precision - exponent);
    std::snprintf(text, sizeof text, "%.*f", behind_point, number);
    return text;
}

class Maker {
public:
    explicit Maker(uint64_t seed) : random_(seed) {}

    std::string document() {
        text_.clear();
        budget_ = below(20) == 0 ? 300 : 30;
        value(0);
        return text_;
    }

private:
    uint64_t below(uint64_t bound) { return random_() % bound; }

    void value(size_t depth) {
        if (budget_ > 0) --budget_;
        const uint64_t kind = below(budget_ > 0 ? 10 : 6);
        if (kind < 3) return number();
        if (kind == 3) return string();
        if (kind < 6) return void(text_ += std::vector<const char*>{"true", "false", "null"}[below(3)]);
        if (depth == 0 && below(500) == 0) return deep();
        const size_t members = below(40) == 0 ? below(80) : below(6);
        kind < 8 ? array(depth, members) : object(depth, members);
    }
    void array(size_t depth, size_t members) {
        text_ += '[';
        for (size_t i = 0; i < members; ++i) {
            if (i > 0) text_ += ',';
            value(depth + 1);
        }
        text_ += ']';
    }
    void object(size_t depth, size_t members) {
        text_ += '{';
        for (size_t i = 0; i < members; ++i) {
            text_ += i > 0 ? ",\"" : "\"";
            // The number makes it another key than its neighbours.
            characters(below(12));
            text_ += '#' + std::to_string(i) + "\":";
            value(depth + 1);
        }
        text_ += '}';
    }
    void deep() {
        const size_t depth = below(511);
        text_ += repeated("[{\"a\":", depth / 2);
        number();
        text_ += repeated("}]", depth / 2);
    }
    void number() {
        const uint64_t bits = random_() >> below(64);
        switch (below(6)) {
            case 0: text_ += std::to_string(bits); break;
            case 1: text_ += std::to_string(-static_cast<int64_t>(bits >> 1)); break;
            case 2: return real(std::bit_cast<double>(random_()));
            case 3: return real(static_cast<double>(below(1000000)) / std::pow(10.0, static_cast<double>(below(9))));
            case 4: return real(static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(random_()))));
            default: return real(-static_cast<double>(bits));
        }
    }
    void real(double number) { text_ += std::isfinite(number) ? text_of(number) : "0"; }
    void string() {
        text_ += '"';
        characters(below(30) == 0 ? below(400) : below(24));
        text_ += '"';
    }
    void characters(size_t count) {
        static const std::vector<std::string> kOthers{
            "é",    "Ж",    "東",  "😀",       "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF", "\x7f", "\\n",
            "\\\"", "\\\\", "\\t", "\\u0000", "\\u001f",          "\\b",          "\\f",  "\\r"};
        const bool plain = below(2) == 0;
        for (size_t i = 0; i < count; ++i) {
            if (plain || below(4) != 0)
                text_ += "abcdefghijklmnop /'<>&=+-_{}[]:,0123456789"[below(42)];
            else
                text_ += kOthers[below(kOthers.size())];
        }
    }

    std::mt19937_64 random_;
    std::string text_;
    size_t budget_ = 0;
};

// "" or what went wrong.
std::string failure(const Stage& stage, const std::string& text) {
    const auto forward = stage.encode(text);
    if (forward.status != AURELIS_OK) return "declined: " + text;
    if (forward.written > stage.bound(text.size())) return "beyond the bound: " + text;
    const auto back = stage.decode(forward.output, text.size());
    return back.gives(text) ? "" : "not given back: " + text;
}

}  // namespace

TEST_CASE("msgpack gives back a hundred thousand random documents to the byte") {
    const Stage msgpack("msgpack"), json("json");
    Maker maker(20260101);
    size_t bytes = 0;
    for (int i = 0; i < 100000; ++i) {
        const std::string text = maker.document();
        bytes += text.size();
        if (const std::string wrong = failure(msgpack, text); !wrong.empty()) FAIL(wrong);
        if (!json.takes(text)) FAIL(text);
    }
    CHECK(bytes > 10'000'000);
}

TEST_CASE("msgpack writes what another library reads as the same values") {
    const Stage msgpack("msgpack");
    Maker maker(4);
    for (int i = 0; i < 5000; ++i) {
        const std::string text = maker.document();
        const auto forward = msgpack.encode(text);
        REQUIRE(forward.status == AURELIS_OK);
        const auto values = nlohmann::ordered_json::from_msgpack(forward.output);
        if (values != nlohmann::ordered_json::parse(text)) FAIL(text);
        // It chooses the same shortest forms.
        const auto theirs = nlohmann::ordered_json::to_msgpack(nlohmann::ordered_json::parse(text));
        if (std::string(theirs.begin(), theirs.end()) != forward.output) FAIL(text);
    }
}

TEST_CASE("msgpack takes what nlohmann-json writes") {
    const Stage msgpack("msgpack");
    const nlohmann::json values = {
        {"id", 17},        {"price", 12.99},
        {"ratio", 1.0},    {"tiny", 1.5e-9},
        {"huge", 1e300},   {"text", "line\nline \"quoted\" \\ / \x01 Ж 東京 😀"},
        {"none", nullptr}, {"list", {1, -1, 18446744073709551615u, std::numeric_limits<int64_t>::min()}}};
    for (const bool ascii : {false, true}) {
        for (const int indentation : {-1, 2, 4}) CHECK(failure(msgpack, values.dump(indentation, ' ', ascii)).empty());
        for (const int indentation : {0, 1, 3, 5, 8}) CHECK(msgpack.declines(values.dump(indentation, ' ', ascii)));
        CHECK(msgpack.declines(values.dump(1, '\t', ascii)));
    }
}

TEST_CASE("msgpack declines a changed document or gives it back to the byte") {
    const Stage msgpack("msgpack");
    std::mt19937 random(12);
    Maker maker(5);
    size_t taken = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = maker.document();
        text[random() % text.size()] =
            static_cast<char>(random() % 3 == 0 ? random() : "\"\\[]{},:0123.e-+ "[random() % 17]);
        const auto forward = msgpack.encode(text);
        if (forward.status == AURELIS_DECLINED) continue;
        ++taken;
        if (!msgpack.decode(forward.output, text.size()).gives(text)) FAIL(text);
        if (!nlohmann::json::accept(text)) FAIL(text);
    }
    CHECK(taken > 1000);
}

TEST_CASE("msgpack serves many threads with one instance") {
    const Stage msgpack("msgpack");
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        threads.emplace_back([&, seed] {
            Maker maker(seed);
            for (int i = 0; i < 2000; ++i) wrong += failure(msgpack, maker.document()).empty() ? 0 : 1;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}
