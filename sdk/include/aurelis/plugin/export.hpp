// AURELIS_PLUGIN(id, version, description, component...): the one line that exports a plugin. It defines the static
// tables and the entry symbol; each component is made by backend<T>(...) (friendly), store<T>(...) (ABI types) or
// serializer<T>(...).
#pragma once

#include <aurelis/plugin/backend.hpp>
#include <aurelis/plugin/serializer.hpp>
#include <aurelis/plugin/store.hpp>

#include <array>
#include <type_traits>

namespace aurelis::plugin {

template <typename T, typename Declares = T>
constexpr aurelis_component store(uint32_t kind, const char* type_name, const char* description) {
    return aurelis_component{sizeof(aurelis_component),
                             kind,
                             type_name,
                             description,
                             T::kCaps,
                             AURELIS_THREADS_PARALLEL,
                             0,
                             options_of<Declares>(),
                             option_count_of<Declares>(),
                             &store_factory<T>};
}

// A backend: a class with the ABI's members (store.hpp), or one derived from Backend.
template <typename T>
constexpr aurelis_component backend(const char* type_name, const char* description) {
    if constexpr (std::is_base_of_v<Backend, T>)
        return store<BackendOf<T>, T>(AURELIS_KIND_BACKEND, type_name, description);
    else
        return store<T>(AURELIS_KIND_BACKEND, type_name, description);
}

inline constexpr const char* kBuild =
#if defined(__VERSION__)
    "C++ " __VERSION__;
#else
    "C++";
#endif

}  // namespace aurelis::plugin

#define AURELIS_PLUGIN(id_, version_, description_, ...)                                                          \
    namespace {                                                                                                   \
    constexpr aurelis_component aurelis_components_[] = {__VA_ARGS__};                                            \
    constexpr size_t aurelis_component_count_ = sizeof aurelis_components_ / sizeof *aurelis_components_;         \
    constexpr auto aurelis_component_list_ = [] {                                                                 \
        std::array<const aurelis_component*, aurelis_component_count_> list{};                                    \
        for (size_t i = 0; i < aurelis_component_count_; ++i) list[i] = &aurelis_components_[i];                  \
        return list;                                                                                              \
    }();                                                                                                          \
    constexpr aurelis_plugin aurelis_plugin_{sizeof(aurelis_plugin),                                              \
                                             AURELIS_ABI_MAJOR,                                                   \
                                             AURELIS_ABI_MINOR,                                                   \
                                             0,                                                                   \
                                             0,                                                                   \
                                             0,                                                                   \
                                             id_,                                                                 \
                                             version_,                                                            \
                                             description_,                                                        \
                                             nullptr,                                                             \
                                             nullptr,                                                             \
                                             nullptr,                                                             \
                                             aurelis::plugin::kBuild,                                             \
                                             aurelis_component_list_.data(),                                      \
                                             aurelis_component_count_,                                            \
                                             nullptr,                                                             \
                                             nullptr};                                                            \
    }                                                                                                             \
    extern "C" AURELIS_EXPORT const aurelis_plugin* aurelis_plugin_v1(uint32_t) noexcept { return &aurelis_plugin_; } \
    static_assert(true, "a semicolon follows")
