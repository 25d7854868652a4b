// Tables and JSON for people. The JSON comes from the library, which may add members: unknown ones are shown as they
// are, missing ones as "-".
#include "output/table.hpp"

#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/units.hpp"

#include <algorithm>

namespace aurelis::cli {
namespace {

const Json* member(const Json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Calls show with the member as a number; "-" if it is not one.
template <typename Show>
std::string number_cell(const Json& object, const char* name, Show&& show) {
    const Json* value = member(object, name);
    return value != nullptr && value->is_number() ? show(*value) : "-";
}

bool is_table(const Json& value) {
    return value.is_array() && !value.empty() &&
           std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_object(); });
}

void print_table(const std::string& title, const Json& rows) {
    std::vector<std::string> names;
    for (const Json& row : rows)
        for (const auto& item : row.items())
            if (std::find(names.begin(), names.end(), item.key()) == names.end()) names.push_back(item.key());
    std::vector<Table::Column> columns;
    for (const std::string& name : names)
        columns.push_back({name, std::all_of(rows.begin(), rows.end(), [&](const Json& row) {
                               const Json* value = member(row, name.c_str());
                               return value == nullptr || value->is_number();
                           })});
    Table table(std::move(columns));
    for (const Json& row : rows) {
        std::vector<std::string> cells;
        for (const std::string& name : names) {
            const Json* value = member(row, name.c_str());
            cells.push_back(value != nullptr ? cell(*value) : "-");
        }
        table.add(std::move(cells));
    }
    print_line("");
    print_line(coloured(Colour::Bold, title));
    table.print();
}

}  // namespace

std::string Table::line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) const {
    std::string text;
    for (size_t i = 0; i < columns_.size(); ++i) {
        const std::string shown = i < cells.size() ? cells[i] : std::string();
        const std::string gap(widths[i] - std::min(widths[i], width(shown)), ' ');
        text += (i > 0 ? "  " : "") + (columns_[i].right ? gap + shown : shown + gap);
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

void Table::print() const {
    std::vector<std::string> titles;
    std::vector<size_t> widths;
    for (size_t i = 0; i < columns_.size(); ++i) {
        titles.push_back(columns_[i].title);
        size_t widest = width(columns_[i].title);
        for (const auto& row : rows_)
            if (i < row.size()) widest = std::max(widest, width(row[i]));
        widths.push_back(widest);
    }
    print_line(coloured(Colour::Bold, line(titles, widths)));
    for (const auto& row : rows_) print_line(line(row, widths));
}

void print_as_text(const Json& object) {
    if (!object.is_object()) return print_line(cell(object));
    size_t widest = 0;
    for (const auto& item : object.items())
        if (!is_table(item.value())) widest = std::max(widest, width(item.key()));
    for (const auto& item : object.items())
        if (!is_table(item.value()))
            print_line(item.key() + std::string(widest - width(item.key()), ' ') + "  " + cell(item.value()));
    for (const auto& item : object.items())
        if (is_table(item.value())) print_table(item.key(), item.value());
}

std::string cell(const Json& value) {
    if (value.is_null()) return "-";
    if (value.is_string()) return printable(value.get_ref<const std::string&>());
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (!value.is_array()) return dump(value);
    std::string text;
    for (const Json& item : value) text += (text.empty() ? "" : ", ") + cell(item);
    return text.empty() ? "-" : text;
}

std::string count_cell(const Json& object, const char* name) {
    return number_cell(object, name, [](const Json& n) { return format_count(n.get<uint64_t>()); });
}

std::string bytes_cell(const Json& object, const char* name) {
    return number_cell(object, name, [](const Json& n) { return format_bytes(n.get<uint64_t>()); });
}

std::string ratio_cell(const Json& object, const char* name) {
    return number_cell(object, name, [](const Json& n) { return format_ratio(n.get<double>()); });
}

std::string ns_cell(const Json& object, const char* name) {
    return number_cell(object, name, [](const Json& n) { return format_duration(n.get<int64_t>()); });
}

std::string ms_cell(const Json& object, const char* name) {
    return number_cell(object, name, [](const Json& n) {
        return format_duration(static_cast<int64_t>(std::clamp(n.get<double>() * 1e6, -9e18, 9e18)));
    });
}

std::string text_cell(const Json& object, const char* name) {
    const Json* value = member(object, name);
    return value != nullptr ? cell(*value) : "-";
}

std::string dump(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json parse_json(std::string_view text) { return Json::parse(text.begin(), text.end(), nullptr, false); }

}  // namespace aurelis::cli
