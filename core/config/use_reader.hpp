// An item of a list of components (a stage, a strategy): a name, or a map of `use` and its options.
#pragma once

#include "config/config.hpp"
#include "config/problems.hpp"

#include <aurelis/base/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aurelis::core {

// What such an item is, for messages.
struct UsedKind {
    std::string_view noun;     // "serializer"
    std::string_view name;     // "json", as an example of a name,
    std::string_view example;  // "{use: lz4, threshold: 1KiB}", of a map.
};

// The component and its options, which are all members but `use`. A mistake is reported, and `use` is empty then.
struct Used {
    std::string use;
    Node options;  // Map.
    int line = 0;
    std::string place;  // Begins messages about the item: "layer L2: serializer lz4: ".
};
Used read_use(const Node& item, size_t index, const std::string& place, const UsedKind& kind, Problems& problems);

// Removes a member that the core itself reads from the options. Its value, or nothing if it is absent or was reported.
template <typename T>
std::optional<T> take_value(Used& used, std::string_view key, Result<T> (*reader)(const Node&), Problems& problems) {
    for (auto member = used.options.members.begin(); member != used.options.members.end(); ++member) {
        if (member->first != key) continue;
        const Node node = std::move(member->second);
        used.options.members.erase(member);
        if (node.damaged) return std::nullopt;
        Result<T> value = reader(node);
        if (value) return std::move(*value);
        problems.add(node.line, used.place + "'" + std::string(key) + "': " + value.error().message);
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace aurelis::core
