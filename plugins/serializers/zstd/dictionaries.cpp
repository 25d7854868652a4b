// Reading the option.
#include "dictionaries.hpp"

#include <utility>

namespace aurelis::zstd {

namespace {

constexpr size_t kDictionariesMax = 64;

// Tells the core where the mistake is, and returns the error for create().
Error reject(const plugin::Setup& setup, const aurelis_node* node, const std::string& why) {
    setup.options.api()->reject(node, setup.call, why.c_str());
    return fail(AURELIS_E_CONFIG, "'dictionaries' " + why);
}

}  // namespace

Result<Dictionaries> Dictionaries::read(const plugin::Setup& setup, int level) {
    Dictionaries dictionaries;
    const aurelis_node* option = setup.options.find("dictionaries");
    if (option == nullptr) return dictionaries;
    const aurelis_config_api* api = setup.options.api();
    if (api->kind(option) != AURELIS_NODE_MAP)
        return reject(setup, option, "is not a map; write 'dictionaries: {CATEGORY: [FILE]}'");
    for (size_t i = 0; i < api->count(option); ++i) {
        const char* category = nullptr;
        const aurelis_node* files = api->at(option, i, &category);
        if (files == nullptr || category == nullptr) continue;
        AURELIS_TRY_VOID(dictionaries.read_category(setup, level, category, files));
    }
    return dictionaries;
}

Result<void> Dictionaries::read_category(const plugin::Setup& setup, int level, const std::string& category,
                                         const aurelis_node* files) {
    const aurelis_config_api* api = setup.options.api();
    const uint32_t kind = api->kind(files);
    const bool list = kind == AURELIS_NODE_LIST;
    const size_t count = list ? api->count(files) : 1;
    if ((!list && kind != AURELIS_NODE_SCALAR) || count == 0)
        return reject(setup, files, "names no file for " + category + "; write '" + category + ": [FILE]'");
    for (size_t i = 0; i < count; ++i) {
        const aurelis_node* file = list ? api->at(files, i, nullptr) : files;
        const auto path = setup.options.path(file);
        if (!path)
            return fail(AURELIS_E_CONFIG,
                        "'dictionaries' has an item for " + category + " that is not a path; name a file");
        auto added = add(*path);
        if (!added) return reject(setup, file, added.error().message);
        if (i > 0) continue;
        const auto prepared = added.value()->prepare_writing(level);
        if (!prepared) return reject(setup, file, prepared.error().message);
        by_category_.emplace(category, added.value());
    }
    return {};
}

Result<Dictionary*> Dictionaries::add(const std::string& path) {
    AURELIS_TRY(loaded, Dictionary::load(path));
    const uint32_t id = loaded->id();
    const auto known = by_id_.find(id);
    if (known != by_id_.end()) {
        if (known->second->bytes() == loaded->bytes()) return known->second.get();
        return fail(AURELIS_E_CONFIG, path + " and " + known->second->path() + " differ and have the same ID " +
                                          std::to_string(id) + "; train one of the two again");
    }
    if (by_id_.size() == kDictionariesMax)
        return fail(AURELIS_E_CONFIG,
                    path + " is one dictionary more than the 64 that are allowed; leave out those that no entry needs");
    return by_id_.emplace(id, std::move(loaded)).first->second.get();
}

}  // namespace aurelis::zstd
