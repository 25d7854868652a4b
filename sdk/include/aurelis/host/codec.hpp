// Codec<T>: how a type becomes the bytes of a value and back. Bytes and text are taken as they are, JSON values go
// through nlohmann-json if its header is available, your own types need a specialisation. Leaves to others: what
// happens to a value that cannot be decoded (category.hpp).
#pragma once

#include <aurelis/base/result.hpp>
#include <aurelis/host/errors.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#define AURELIS_HAS_NLOHMANN_JSON 1
#endif

namespace aurelis {

// Specialise it for your own types:
//   template <> struct aurelis::Codec<Point> {
//       static std::string encode(const Point&);  // or std::string_view of bytes that it owns, or a Result of either
//       static Result<Point> decode(std::string_view bytes);
//   };
template <typename T>
struct Codec;

template <>
struct Codec<std::string> {
    static std::string_view encode(const std::string& text) noexcept { return text; }
    static Result<std::string> decode(std::string_view data) { return std::string(data); }
};
// For writing only: what is read must own its bytes.
template <>
struct Codec<std::string_view> {
    static std::string_view encode(std::string_view text) noexcept { return text; }
};
template <>
struct Codec<std::vector<std::byte>> {
    static std::string_view encode(const std::vector<std::byte>& data) noexcept {
        return {reinterpret_cast<const char*>(data.data()), data.size()};
    }
    static Result<std::vector<std::byte>> decode(std::string_view data) {
        const auto* first = reinterpret_cast<const std::byte*>(data.data());
        return std::vector<std::byte>(first, first + data.size());
    }
};
#ifdef AURELIS_HAS_NLOHMANN_JSON
// JSON is written without needless white space.
template <>
struct Codec<nlohmann::json> {
    static Result<std::string> encode(const nlohmann::json& value) {
        try {
            return value.dump();
        } catch (const nlohmann::json::exception& caught) {
            return fail(AURELIS_E_INVALID, std::string("the value cannot be written as JSON: ") + caught.what());
        }
    }
    static Result<nlohmann::json> decode(std::string_view data) {
        auto value = nlohmann::json::parse(data, nullptr, false);
        if (value.is_discarded())
            return fail(AURELIS_E_CORRUPT, "the cached value is not JSON; read it as std::string");
        return value;
    }
};
#endif

namespace detail {

template <typename T>
auto encoded_as(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
        return std::string_view(value);
    else
        return Codec<T>::encode(value);
}

template <typename T>
struct WithoutResult {
    using type = T;
};
template <typename T>
struct WithoutResult<Result<T>> {
    using type = T;
};

// The bytes of a T: a std::string, or a std::string_view of what the value owns.
template <typename T>
using Encoded = typename WithoutResult<decltype(encoded_as(std::declval<const T&>()))>::type;

template <typename T>
Result<Encoded<T>> encode(const T& value) {
    return guarded([&]() -> Result<Encoded<T>> { return encoded_as(value); });
}

}  // namespace detail
}  // namespace aurelis
