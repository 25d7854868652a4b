// serializer_table<T>: the aurelis_serializer_ops of a class, one stage of bytes to bytes. Each thunk is a
// boundary (boundary.hpp). Export it with AURELIS_PLUGIN(..., aurelis::plugin::serializer<Rot13>("rot13", "Turns
// letters.")).
//
// T has     static constexpr uint8_t kFormatId;      registered in sdk/README.md, or 192..255 for private use
//           static constexpr uint64_t kCaps;         AURELIS_STAGE_*, often 0
//           static Result<std::unique_ptr<T>> create(const Setup&);
//           size_t bound(size_t source_bytes) const;
//           aurelis_status encode(aurelis_call*, const aurelis_key*, std::string_view source, char* room,
//                                 size_t room_bytes, size_t& written) const;
//           aurelis_status decode(aurelis_call*, const aurelis_key*, std::string_view source, char* room,
//                                 size_t room_bytes, size_t& written) const;
// may have  static constexpr std::array kOptions{&kLevel, ...};
// encode and decode run concurrently from any thread: contexts live per thread or in a pool.
#pragma once

#include <aurelis/plugin/options.hpp>
#include <aurelis/plugin/store.hpp>

#include <memory>
#include <string_view>

namespace aurelis::plugin {

template <typename T>
struct SerializerThunks {
    static T& self(void* instance) noexcept { return *static_cast<T*>(instance); }

    static void destroy(void* instance) noexcept { delete static_cast<T*>(instance); }
    static size_t bound(void* instance, size_t source_bytes) noexcept { return self(instance).bound(source_bytes); }
    static aurelis_status encode(void* instance, aurelis_call* call, const aurelis_key* key, aurelis_bytes source,
                                 void* room, size_t room_bytes, size_t* written) noexcept {
        return guarded(call, [&] {
            return self(instance).encode(call, key, view(source), static_cast<char*>(room), room_bytes, *written);
        });
    }
    static aurelis_status decode(void* instance, aurelis_call* call, const aurelis_key* key, aurelis_bytes source,
                                 void* room, size_t room_bytes, size_t* written) noexcept {
        return guarded(call, [&] {
            return self(instance).decode(call, key, view(source), static_cast<char*>(room), room_bytes, *written);
        });
    }
};

template <typename T>
inline constexpr aurelis_serializer_ops serializer_table{sizeof(aurelis_serializer_ops), T::kFormatId,
                                                         &SerializerThunks<T>::destroy,  &SerializerThunks<T>::bound,
                                                         &SerializerThunks<T>::encode,   &SerializerThunks<T>::decode};

template <typename T>
aurelis_status create_serializer(const aurelis_component*, const aurelis_host* host, const aurelis_node* config,
                                 const aurelis_env* env, aurelis_call* call, aurelis_object* out) noexcept {
    return guarded(call, [&]() -> aurelis_status {
        Result<std::unique_ptr<T>> made = T::create(Setup{Host(host), Options(host, config, call), env, call});
        if (!made) return report(call, made.error());
        out->ops = &serializer_table<T>;
        out->self = std::move(made).value().release();
        return AURELIS_OK;
    });
}

template <typename T>
inline constexpr aurelis_object_factory serializer_factory{sizeof(aurelis_object_factory), 0, &create_serializer<T>};

template <typename T>
constexpr aurelis_component serializer(const char* type_name, const char* description) {
    static_assert(T::kFormatId != 0, "a serializer needs a format id: see sdk/README.md");
    static_assert(requires { uint64_t{T::kCaps}; },
                  "a serializer needs 'static constexpr uint64_t kCaps': AURELIS_STAGE_*, or 0");
    static_assert(requires { &T::bound; } && requires { &T::encode; } && requires { &T::decode; },
                  "a serializer needs public members bound, encode and decode: see the head of plugin/serializer.hpp");
    return aurelis_component{sizeof(aurelis_component),
                             AURELIS_KIND_SERIALIZER,
                             type_name,
                             description,
                             T::kCaps,
                             AURELIS_THREADS_PARALLEL,
                             T::kFormatId,
                             options_of<T>(),
                             option_count_of<T>(),
                             &serializer_factory<T>};
}

}  // namespace aurelis::plugin
