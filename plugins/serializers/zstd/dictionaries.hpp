// Dictionaries: what the option `dictionaries` lists, by category for writing and by ID for reading.
//
//   dictionaries: {user_data: [new.dict, old.dict], orders: orders.dict}
//
// The first of a category is written with; all, of whatever category, are read with. Leaves to others: the bytes of a
// file (dictionary_file), what a frame says (zstd_serializer).
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
    // Nothing is listed: an empty one. Mistakes are told to the core with their place.
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
