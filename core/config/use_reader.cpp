#include "config/use_reader.hpp"

#include "config/values.hpp"

#include <utility>

namespace aurelis::core {

Used read_use(const Node& item, size_t index, const std::string& place, const UsedKind& kind, Problems& problems) {
    constexpr std::string_view kUse = "use";
    Used used;
    used.line = item.line;
    used.options.kind = Node::Kind::Map;
    used.options.line = item.line;
    const std::string noun(kind.noun);
    used.place = place + noun + " " + std::to_string(index + 1) + ": ";
    if (item.damaged) return used;
    if (item.kind != Node::Kind::Map) {
        Result<std::string> name = to_text(item);
        if (name && !name->empty())
            used.use = *name;
        else
            problems.add(item.line, used.place + "expected a name such as " + std::string(kind.name) +
                                        ", or a map such as " + std::string(kind.example) + ", got " + shown(item));
    } else {
        used.options.members = item.members;
        if (item.find(kUse) == nullptr)
            problems.add(item.line, used.place + "'use' is missing; add it, such as use: " + std::string(kind.name));
        used.use = take_value<std::string>(used, kUse, to_text, problems).value_or("");
    }
    if (!used.use.empty()) used.place = place + noun + " " + printable(used.use) + ": ";
    return used;
}

}  // namespace aurelis::core
