// MapReader: reads the known keys of one map of the configuration. Whatever is wrong goes into Problems with the place
// and the key ("layer L1: 'ttl': expected ..."), and reading goes on, so that all mistakes are reported at once.
#pragma once

#include <aurelis/base/result.hpp>

#include "config/config.hpp"
#include "config/node.hpp"
#include "config/problems.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace aurelis::core {

class MapReader {
public:
    // Place: the beginning of each message, "" or "layer L1: ". Reports a node that is not a map (null counts as an
    // empty one) and unknown keys.
    MapReader(const Node& node, std::string place, std::initializer_list<std::string_view> known, Problems& problems);

    // The member, if it exists and has a value; `key:` without a value is reported.
    const Node* find(std::string_view key) const;

    // Each returns nothing if the key is absent or its value was reported.
    std::optional<std::string> text(std::string_view key) const;  // Not empty.
    std::optional<int64_t> integer(std::string_view key) const;
    std::optional<bool> boolean(std::string_view key) const;
    std::optional<Ttl> ttl(std::string_view key) const;
    std::optional<int64_t> duration(std::string_view key) const;
    std::optional<uint64_t> size(std::string_view key) const;  // Above 0.
    std::optional<double> share(std::string_view key) const;
    std::optional<RateConfig> rate(std::string_view key) const;
    const Node* list(std::string_view key) const;
    const Node* map(std::string_view key) const;

    // A required text; its absence is reported at the line of the map.
    std::optional<std::string> required_text(std::string_view key, std::string_view example) const;

    void report(const Node& at, std::string_view key, const std::string& why) const;
    int line() const noexcept { return node_.line_of_key(); }

private:
    template <typename T>
    std::optional<T> read(std::string_view key, Result<T> (*reader)(const Node&)) const;

    const Node& node_;
    std::string place_;
    Problems& problems_;
};

// What is wrong with the name of a layer, an origin or a category (1 to 128 bytes, no control characters, no space at
// either end); empty: nothing.
std::string mistake_in_name(std::string_view name);

}  // namespace aurelis::core
