// Dictionaries: what the option `dictionaries` lists, by category for writing and by ID for reading.
//
//   dictionaries: {user_data: [new.dict, old.dict], orders: orders.dict}
//
// The first one of a category is used for writing; all of them, of any category, are used for reading. Leaves to
// others: the bytes of a file (dictionary_file), what is in a frame (zstd_serializer).
#pragma once

#include "dictionary.hpp"

#include <aurelis/plugin/store.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace aurelis::zstd {

// Immutable once read; safe from any thread.
class Dictionaries {
public:
    // If nothing is listed, the result is empty. Mistakes are reported to the core with their place.
    static Result<Dictionaries> read(const plugin::Setup& setup, int level);

    // NULL: the category has none.
    const ZSTD_CDict* for_writing(std::string_view category) const noexcept {
        const auto found = by_category_.find(category);
        return found == by_category_.end() ? nullptr : found->second->for_writing();
    }
    // NULL: none of this ID is listed.
    const ZSTD_DDict* for_reading(uint32_t id) const noexcept {
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : found->second->for_reading();
    }

private:
    Result<void> read_category(const plugin::Setup& setup, int level, const std::string& category,
                               const aurelis_node* files);
    Result<Dictionary*> add(const std::string& path);

    std::map<uint32_t, std::unique_ptr<Dictionary>> by_id_;
    std::map<std::string, const Dictionary*, std::less<>> by_category_;
};

}  // namespace aurelis::zstd
