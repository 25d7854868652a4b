// Tables and JSON for people. Leaves to others: units, and the content of the cells.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace aurelis::cli {

using Json = nlohmann::ordered_json;

// Columns as wide as their longest cell, two spaces apart; numbers are right-aligned.
class Table {
public:
    struct Column {
        std::string title;
        bool right = false;
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    void print() const;

private:
    std::string line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// Any JSON object: names and values aligned, lists of objects as tables.
void print_as_text(const Json& object);
// One value in a cell; "-" for null.
std::string cell(const Json& value);
// The member of an object in a cell with a unit; "-" if it is missing or of another type.
std::string count_cell(const Json& object, const char* name);
std::string bytes_cell(const Json& object, const char* name);
std::string ratio_cell(const Json& object, const char* name);
std::string ns_cell(const Json& object, const char* name);
std::string ms_cell(const Json& object, const char* name);
std::string text_cell(const Json& object, const char* name);

// One line of JSON, or several with indent. Bytes that are not UTF-8 are replaced.
std::string dump(const Json& value, int indent = -1);
// The text as JSON; discarded (is_discarded) if it is not JSON.
Json parse_json(std::string_view text);

}  // namespace aurelis::cli
