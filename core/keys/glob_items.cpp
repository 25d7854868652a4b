#include "keys/glob_items.hpp"

#include <aurelis/base/glob.hpp>

#include <algorithm>

namespace aurelis::core {
namespace {

int only_byte_of(std::string_view item) noexcept {
    if (item == "*") return GlobItem::kStar;
    if (item == "?") return GlobItem::kMany;
    if (item.size() == 1) return static_cast<unsigned char>(item.front());
    int found = GlobItem::kNone;
    for (int byte = 0; byte < 256; ++byte) {
        const char text = static_cast<char>(byte);
        if (!glob_fits(item, {&text, 1})) continue;
        if (found != GlobItem::kNone) return GlobItem::kMany;
        found = byte;
    }
    return found;
}

template <typename Fits>
size_t find(GlobItems items, Fits&& fits) noexcept {
    return static_cast<size_t>(std::find_if(items.begin(), items.end(), fits) - items.begin());
}

}  // namespace

std::vector<GlobItem> items_of(std::string_view glob) {
    std::vector<GlobItem> items;
    for (size_t at = 0; at < glob.size();) {
        const std::string_view text = glob.substr(at, glob_item_size(glob, at));
        items.push_back({text, only_byte_of(text)});
        at += text.size();
    }
    return items;
}

std::string glob_of(GlobItems items) {
    std::string glob;
    for (const GlobItem& item : items) glob += item.text;
    return glob;
}

std::string literal_prefix(GlobItems items) {
    std::string prefix;
    for (const GlobItem& item : items) {
        if (!item.is_literal()) break;
        prefix += static_cast<char>(item.byte);
    }
    return prefix;
}

bool starts_with(GlobItems items, std::string_view text) noexcept {
    return items.size() >= text.size() &&
           std::equal(text.begin(), text.end(), items.begin(), [](char c, const GlobItem& item) { return item.is(c); });
}

bool is_exact(GlobItems items) noexcept {
    return std::all_of(items.begin(), items.end(), [](const GlobItem& item) { return item.is_literal(); });
}

bool is_anything(GlobItems items) noexcept {
    return !items.empty() &&
           std::all_of(items.begin(), items.end(), [](const GlobItem& item) { return item.is_star(); });
}

size_t find_byte(GlobItems items, char wanted) noexcept {
    return find(items, [wanted](const GlobItem& item) { return item.is(wanted); });
}

size_t find_star(GlobItems items) noexcept {
    return find(items, [](const GlobItem& item) { return item.is_star(); });
}

}  // namespace aurelis::core
