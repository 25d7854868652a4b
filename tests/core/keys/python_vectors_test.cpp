// Every row of python_vectors.tsv (made and described by make_vectors.py).
#include "key_test_support.hpp"
#include "keys/digest.hpp"

#include <charconv>
#include <fstream>
#include <map>

namespace aurelis::core {
namespace {

using Row = std::vector<std::string>;

std::string unfolded(std::string_view field) {
    std::string text;
    for (size_t at = 0; at < field.size(); ++at) {
        if (field[at] != '%') {
            text += field[at];
            continue;
        }
        unsigned byte = 0;
        std::from_chars(field.data() + at + 1, field.data() + at + 3, byte, 16);
        text += static_cast<char>(byte);
        at += 2;
    }
    return text;
}

std::map<std::string, std::vector<Row>> rows_by_kind() {
    std::ifstream file(AURELIS_KEY_VECTORS, std::ios::binary);
    REQUIRE(file.is_open());
    std::map<std::string, std::vector<Row>> rows;
    for (std::string line; std::getline(file, line);) {
        Row row;
        for (size_t begin = 0; begin <= line.size();) {
            const size_t end = std::min(line.find('\t', begin), line.size());
            row.push_back(unfolded(std::string_view(line).substr(begin, end - begin)));
            begin = end + 1;
        }
        rows[row[0]].push_back(row);
    }
    return rows;
}

TEST_CASE("canonical JSON is Python's, and so are its digests") {
    const auto rows = rows_by_kind().at("ok");
    CHECK(rows.size() > 500);
    for (const Row& row : rows) {
        INFO(row[1]);
        const auto text = canonical_json(row[1]);
        REQUIRE(text.has_value());
        CHECK(text.value() == row[2]);
        CHECK(hex(md5(text.value())).substr(0, 8) == row[3]);
        CHECK(hex(sha256(text.value())).substr(0, 32) == row[4]);
    }
}

TEST_CASE("canonical JSON refuses what Python refuses") {
    const auto rows = rows_by_kind().at("bad");
    CHECK(rows.size() > 150);
    for (const Row& row : rows) {
        INFO(row[1]);
        CHECK_FALSE(canonical_json(row[1]).has_value());
    }
}

TEST_CASE("keys of the compat format are Python's") {
    const auto rows = rows_by_kind().at("key");
    CHECK(rows.size() > 100);
    for (const Row& row : rows) {
        INFO(row[6]);
        const KeyBuilder builder = builder_of(KeyFormat::Compat, row[1], row[2]);
        CHECK(build(builder, row[3], {row[4]}, row[5]).key == row[6]);
    }
}

TEST_CASE("model keys of the compat format are Python's") {
    const auto rows = rows_by_kind().at("model");
    CHECK(rows.size() > 50);
    for (const Row& row : rows) {
        INFO(row[6]);
        const KeyBuilder builder = builder_of(KeyFormat::Compat, row[1], row[2]);
        CHECK(build_model(builder, row[3], row[4], row[5]).key == row[6]);
    }
}

TEST_CASE("keys of the default format end in the digest that Python gives") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const auto rows = rows_by_kind().at("ok");
    for (const Row& row : rows) {
        if (row[2].front() != '{' || row[2] == "{}") continue;
        const KeptKey built = build(builder, "c", {"id"}, row[1]);
        CHECK(built.key == "aurelis:v1:c:id:" + row[4]);
        CHECK(built.identity == "aurelis:v1:c:id\x1f" + row[2]);
        CHECK(built.params == row[2]);
    }
}

}  // namespace
}  // namespace aurelis::core
