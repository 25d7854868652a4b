// The stages msgpack and json over what Python's json module writes, in all of its styles that msgpack keeps and some
// that it does not (json_documents.py).
#include "plugins/stage_rig.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <random>
#include <vector>

namespace {

using namespace aurelis::test;

struct Document {
    std::string expected;
    std::string text;
};

std::vector<Document> documents(int seed, int count) {
    const std::string command =
        AURELIS_TEST_PYTHON " " AURELIS_TEST_DOCUMENTS " " + std::to_string(seed) + " " + std::to_string(count);
    FILE* const pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::vector<Document> all;
    char expected[16];
    size_t size = 0;
    while (fscanf(pipe, "%15s %zu", expected, &size) == 2) {
        REQUIRE(fgetc(pipe) == '\n');
        all.push_back({expected, std::string(size, '\0')});
        REQUIRE(fread(all.back().text.data(), 1, size, pipe) == size);
    }
    REQUIRE(pclose(pipe) == 0);
    return all;
}

// If a style is recorded, the value follows it.
std::string_view value_in(std::string_view encoded) { return encoded.substr(encoded.substr(0, 1) == "\xc1" ? 2 : 0); }

bool is_number_beyond_json(const std::string& text) { return text.find("NaN") + 1 || text.find("Infinity") + 1; }

}  // namespace

TEST_CASE("msgpack gives back what Python writes in every style, to the byte") {
    const Stage msgpack("msgpack"), json("json");
    size_t kept = 0, declined = 0, styled = 0;
    for (const auto& [expected, text] : documents(1, 4000)) {
        if (json.takes(text) == is_number_beyond_json(text)) FAIL("json: " << text);
        const auto forward = msgpack.encode(text);
        if (expected == "kept" && forward.status != AURELIS_OK) FAIL("declined: " << text);
        if (expected == "declined" && forward.status != AURELIS_DECLINED) FAIL("not declined: " << text);
        ++(forward.status == AURELIS_OK ? kept : declined);
        if (forward.status != AURELIS_OK) continue;
        if (forward.written > msgpack.bound(text.size())) FAIL("beyond the bound: " << text);
        if (!msgpack.decode(forward.output, text.size()).gives(text)) FAIL("not given back: " << text);
        styled += value_in(forward.output).size() < forward.written;
        if (kept % 50 != 0) continue;
        if (nlohmann::json::from_msgpack(value_in(forward.output)) != nlohmann::json::parse(text)) FAIL(text);
    }
    CHECK(kept > 16 * 4000);
    CHECK(styled > 30000);
    CHECK(declined > 10000);
}

TEST_CASE("msgpack declines a changed text of any style or gives it back to the byte") {
    const Stage msgpack("msgpack");
    std::mt19937 random(3);
    size_t taken = 0, declined = 0;
    for (const auto& [expected, sound] : documents(2, 400)) {
        for (int round = 0; round < 20; ++round) {
            std::string text = sound;
            for (size_t changes = 1 + random() % 2; changes > 0 && !text.empty(); --changes) {
                const size_t at = random() % text.size();
                constexpr std::string_view kLikely = "\"\\[]{},: \n\n  0123.e-+uabcdefABCDEF\x7f\xc3\xa9";
                const char c = random() % 4 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
                const size_t kind = random() % 4;
                if (kind == 0)
                    text.insert(at, 1, c);
                else if (kind == 1)
                    text.erase(at, 1);
                else
                    text[at] = c;
            }
            const auto forward = msgpack.encode(text);
            ++(forward.status == AURELIS_OK ? taken : declined);
            if (forward.status == AURELIS_DECLINED) continue;
            if (!msgpack.decode(forward.output, text.size()).gives(text)) FAIL(text);
            if (!nlohmann::json::accept(text)) FAIL(text);
        }
    }
    CHECK(taken > 20000);
    CHECK(declined > 20000);
}
