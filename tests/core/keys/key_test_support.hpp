// Helpers for the tests of keys: builders that must exist, keys as strings, and a random generator that gives the same
// sequence on every machine.
#pragma once

#include "keys/key_builder.hpp"
#include "support/catch.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::core {

inline KeyBuilder builder_of(KeyFormat format, std::string_view name_space = "aurelis",
                             std::string_view version = "v1") {
    auto builder = KeyBuilder::create(name_space, version, format);
    REQUIRE(builder.has_value());
    return std::move(builder).value();
}

inline CategoryKeys category_of(const KeyBuilder& builder, std::string_view name) {
    auto category = builder.open(name);
    REQUIRE(category.has_value());
    return std::move(category).value();
}

inline std::vector<aurelis_bytes> parts_of(const std::vector<std::string>& parts) {
    std::vector<aurelis_bytes> views;
    for (const std::string& part : parts) views.push_back(bytes(part));
    return views;
}

// A built key, copied so that it outlives its scratch.
struct KeptKey {
    aurelis_status status = AURELIS_E_FAILED;
    std::string key;
    std::string identity;
    std::string params;
    std::string message;
};

inline KeptKey kept(aurelis_status status, const BuiltKey& built, const Error& error) {
    return {status, std::string(built.key), std::string(built.identity), std::string(built.params),
            error.message};
}

inline KeptKey build(const KeyBuilder& builder, std::string_view category,
                     const std::vector<std::string>& parts, std::string_view params = {}) {
    KeyScratch scratch;
    BuiltKey built;
    Error error;
    const auto views = parts_of(parts);
    const auto status =
        builder.build(category_of(builder, category), views, bytes(params), scratch, built, &error);
    return kept(status, built, error);
}

inline KeptKey build_model(const KeyBuilder& builder, std::string_view model_type, std::string_view prompt,
                           std::string_view params = {}) {
    KeyScratch scratch;
    BuiltKey built;
    Error error;
    const auto status = builder.model_key(model_type, prompt, bytes(params), scratch, built, &error);
    return kept(status, built, error);
}

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint32_t bits() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<uint32_t>(state_ >> 32);
    }
    size_t below(size_t limit) { return bits() % limit; }
    template <typename Items>
    const auto& pick(const Items& items) {
        return items[below(items.size())];
    }

private:
    uint64_t state_;
};

}  // namespace aurelis::core
