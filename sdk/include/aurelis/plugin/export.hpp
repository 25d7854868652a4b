// AURELIS_PLUGIN(id, version, description, item...): the one line that exports a plugin. It defines the static tables
// and the entry symbol. Items are components, made by backend<T>(...), serializer<T>(...) or strategy<T>(...), and
// whatever else describes the plugin, in any order:
//   AURELIS_PLUGIN("com.example.map", "1.0.0", "A map.", vendor("Example"), license("MIT"), url("https://example.com"),
//                  min_host_minor(0), serial(backend<MapBackend>("map", "Keeps values in a map.")))
#pragma once

#include <aurelis/plugin/backend.hpp>
#include <aurelis/plugin/serializer.hpp>
#include <aurelis/plugin/store.hpp>
#include <aurelis/plugin/strategy.hpp>

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

// A component that is called by one thread at a time (AURELIS_THREADS_SERIAL): simple, slow, for first drafts.
constexpr aurelis_component serial(aurelis_component component) {
    component.threads = AURELIS_THREADS_SERIAL;
    return component;
}

// What describes a plugin besides its components. The host shows it, and refuses a plugin if min_host_minor is above
// the host's own.
struct Vendor {
    const char* text;
    constexpr void set(aurelis_plugin& plugin) const { plugin.vendor = text; }
};
struct License {
    const char* text;
    constexpr void set(aurelis_plugin& plugin) const { plugin.license = text; }
};
struct Url {
    const char* text;
    constexpr void set(aurelis_plugin& plugin) const { plugin.url = text; }
};
struct MinHostMinor {
    uint16_t minor;
    constexpr void set(aurelis_plugin& plugin) const { plugin.min_host_minor = minor; }
};
constexpr Vendor vendor(const char* text) { return {text}; }
constexpr License license(const char* text) { return {text}; }
constexpr Url url(const char* text) { return {text}; }
constexpr MinHostMinor min_host_minor(uint16_t minor) { return {minor}; }

inline constexpr const char* kBuild =
#if defined(__VERSION__)
    "C++ " __VERSION__;
#else
    "C++";
#endif

template <typename Item>
inline constexpr bool is_component = std::is_same_v<Item, aurelis_component>;

template <typename... Items>
constexpr auto components_of(const Items&... items) {
    constexpr size_t kCount = (size_t{is_component<Items>} + ... + 0);
    static_assert(kCount != 0,
                  "AURELIS_PLUGIN needs a component: backend<T>(...), serializer<T>(...) or strategy<T>(...)");
    std::array<aurelis_component, kCount> components{};
    size_t used = 0;
    const auto take = [&](const auto& item) {
        if constexpr (is_component<std::remove_cvref_t<decltype(item)>>) components[used++] = item;
    };
    (take(items), ...);
    return components;
}

template <typename... Items>
constexpr aurelis_plugin plugin_of(const char* id, const char* version, const char* description,
                                   const aurelis_component* const* list, size_t count, const Items&... items) {
    aurelis_plugin plugin{};
    plugin.struct_size = sizeof plugin;
    plugin.abi_major = AURELIS_ABI_MAJOR;
    plugin.abi_minor = AURELIS_ABI_MINOR;
    plugin.id = id;
    plugin.version = version;
    plugin.name = description;
    plugin.build = kBuild;
    plugin.components = list;
    plugin.component_count = count;
    const auto apply = [&](const auto& item) {
        if constexpr (!is_component<std::remove_cvref_t<decltype(item)>>) item.set(plugin);
    };
    (apply(items), ...);
    return plugin;
}

}  // namespace aurelis::plugin

#define AURELIS_PLUGIN(id_, version_, description_, ...)                                                          \
    namespace {                                                                                                   \
    constexpr auto aurelis_components_ = aurelis::plugin::components_of(__VA_ARGS__);                             \
    constexpr auto aurelis_component_list_ = [] {                                                                 \
        std::array<const aurelis_component*, aurelis_components_.size()> list{};                                  \
        for (size_t i = 0; i < list.size(); ++i) list[i] = &aurelis_components_[i];                               \
        return list;                                                                                              \
    }();                                                                                                          \
    constexpr aurelis_plugin aurelis_plugin_ = aurelis::plugin::plugin_of(                                        \
        id_, version_, description_, aurelis_component_list_.data(), aurelis_component_list_.size(), __VA_ARGS__); \
    }                                                                                                             \
    extern "C" AURELIS_EXPORT const aurelis_plugin* aurelis_plugin_v1(uint32_t) noexcept { return &aurelis_plugin_; } \
    static_assert(true, "a semicolon follows")
