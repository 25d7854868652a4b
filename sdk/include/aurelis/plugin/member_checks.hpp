// Compile-time checks of a class for store.hpp or serializer.hpp. They reject a missing member, a member that cannot be
// called as the table calls it (private, other arguments, another result), a member with a name close to one in the
// table, and a capability without the function that it requires. Without these checks such a member would silently be
// left out of the table. Leaves to others: classes derived from Backend, where `override` does this.
#pragma once

#include <aurelis/base/language.hpp>

#include <aurelis/abi.h>

#include <concepts>
#include <type_traits>

namespace aurelis::plugin::member_checks {

// has_X<T>: T has a member X, public or not, overloaded or not. A name that two base classes have is ambiguous.
#define AURELIS_HAS_MEMBER_(member)                                   \
    struct Named_##member {                                           \
        int member;                                                   \
    };                                                                \
    template <typename T>                                             \
    struct With_##member : T, Named_##member {};                      \
    template <typename T>                                             \
    inline constexpr bool has_##member = !requires { &With_##member<T>::member; };
AURELIS_HAS_MEMBER_(get)
AURELIS_HAS_MEMBER_(set)
AURELIS_HAS_MEMBER_(remove)
AURELIS_HAS_MEMBER_(start)
AURELIS_HAS_MEMBER_(stop)
AURELIS_HAS_MEMBER_(get_extension)
AURELIS_HAS_MEMBER_(touch)
AURELIS_HAS_MEMBER_(multi_get)
AURELIS_HAS_MEMBER_(multi_write)
AURELIS_HAS_MEMBER_(remove_matching)
AURELIS_HAS_MEMBER_(scan)
AURELIS_HAS_MEMBER_(flush)
AURELIS_HAS_MEMBER_(size)
AURELIS_HAS_MEMBER_(stats)
AURELIS_HAS_MEMBER_(limits)
AURELIS_HAS_MEMBER_(caps)
#undef AURELIS_HAS_MEMBER_

// calls_X<T>: X of T can be called as the table calls it.
#define AURELIS_CALLS_MEMBER_(member, result, ...)                                                               \
    template <typename T>                                                                                        \
    inline constexpr bool calls_##member =                                                                       \
        requires(T& t, const T& fixed, aurelis_call* call, const aurelis_key& key, const aurelis_key* keys,      \
                 const aurelis_write& write, const aurelis_write* writes, aurelis_entry* entry, size_t count,    \
                 int64_t time, uint64_t* number, aurelis_status* each, const aurelis_match& match,               \
                 aurelis_scan& page, aurelis_visit_fn visit, aurelis_stat_fn tell, void* user, aurelis_size& room, \
                 const char* id, aurelis_limits& limits) {                                                       \
            { __VA_ARGS__ } -> std::same_as<result>;                                                             \
        };
AURELIS_CALLS_MEMBER_(get, aurelis_status, t.get(call, key, entry))
AURELIS_CALLS_MEMBER_(set, aurelis_status, t.set(call, key, write, number))
AURELIS_CALLS_MEMBER_(remove, aurelis_status, t.remove(call, key))
AURELIS_CALLS_MEMBER_(start, aurelis_status, t.start(call))
AURELIS_CALLS_MEMBER_(stop, void, t.stop())
AURELIS_CALLS_MEMBER_(get_extension, const void*, t.get_extension(id))
AURELIS_CALLS_MEMBER_(touch, aurelis_status, t.touch(call, key, time))
AURELIS_CALLS_MEMBER_(multi_get, aurelis_status, t.multi_get(call, keys, count, entry))
AURELIS_CALLS_MEMBER_(multi_write, aurelis_status, t.multi_write(call, keys, writes, count, each, number))
AURELIS_CALLS_MEMBER_(remove_matching, aurelis_status, t.remove_matching(call, match, number))
AURELIS_CALLS_MEMBER_(scan, aurelis_status, t.scan(call, page, visit, user))
AURELIS_CALLS_MEMBER_(flush, aurelis_status, t.flush(call))
AURELIS_CALLS_MEMBER_(size, aurelis_status, t.size(call, room))
AURELIS_CALLS_MEMBER_(stats, aurelis_status, t.stats(call, tell, user))
AURELIS_CALLS_MEMBER_(limits, void, t.limits(limits))
AURELIS_CALLS_MEMBER_(caps, uint64_t, fixed.caps())
#undef AURELIS_CALLS_MEMBER_

// False if T has a name that is often written by mistake for a member of the table.
template <typename T>
inline constexpr bool spells_multi_write = !(requires { &T::multi_set; } || requires { &T::multi_remove; } ||
                                             requires { &T::multi_put; } || requires { &T::multiwrite; } ||
                                             requires { &T::write_multi; } || requires { &T::set_many; });
template <typename T>
inline constexpr bool spells_multi_get = !(requires { &T::multiget; } || requires { &T::get_multi; } ||
                                           requires { &T::get_many; } || requires { &T::mget; });
template <typename T>
inline constexpr bool spells_remove_matching = !(requires { &T::remove_match; } || requires { &T::remove_matches; } ||
                                                 requires { &T::removematching; } || requires { &T::remove_where; } ||
                                                 requires { &T::clear; });
template <typename T>
inline constexpr bool spells_get_extension = !(requires { &T::extension; } || requires { &T::getextension; } ||
                                               requires { &T::get_extensions; });
template <typename T>
inline constexpr bool spells_the_rest =
    !(requires { &T::touches; } || requires { &T::scans; } || requires { &T::scan_keys; } ||
      requires { &T::flushes; } || requires { &T::sizes; } || requires { &T::get_size; } ||
      requires { &T::stat; } || requires { &T::statistics; } ||
      requires { &T::get_stats; } || requires { &T::starts; } || requires { &T::on_start; } ||
      requires { &T::stops; } || requires { &T::on_stop; } || requires { &T::capabilities; } ||
      requires { &T::get_caps; });

template <typename T>
constexpr bool keeps(uint64_t caps) {
    return (T::kCaps & caps) == caps;
}

// Fails to compile, with an explanation, if T has an optional member but not as the table calls it.
template <typename T>
constexpr bool check_optional_members() {
    if constexpr (!std::is_final_v<T>) {
        static_assert(!has_start<T> || calls_start<T>,
                      "'start' must be public and callable as 'aurelis_status start(aurelis_call*)'");
        static_assert(!has_stop<T> || calls_stop<T>, "'stop' must be public and callable as 'void stop()'");
        static_assert(!has_get_extension<T> || calls_get_extension<T>,
                      "'get_extension' must be public and callable as 'const void* get_extension(const char* id)'");
        static_assert(!has_touch<T> || calls_touch<T>,
                      "'touch' must be public and callable as 'aurelis_status touch(aurelis_call*, const aurelis_key&, "
                      "int64_t expires_wall)'");
        static_assert(!has_multi_get<T> || calls_multi_get<T>,
                      "'multi_get' must be public and callable as 'aurelis_status multi_get(aurelis_call*, "
                      "const aurelis_key*, size_t count, aurelis_entry* out)'");
        static_assert(
            !has_multi_write<T> || calls_multi_write<T>,
            "'multi_write' must be public and callable as 'aurelis_status multi_write(aurelis_call*, "
            "const aurelis_key*, const aurelis_write*, size_t count, aurelis_status* each, uint64_t* versions)'");
        static_assert(!has_remove_matching<T> || calls_remove_matching<T>,
                      "'remove_matching' must be public and callable as 'aurelis_status remove_matching(aurelis_call*, "
                      "const aurelis_match&, uint64_t* removed)'");
        static_assert(!has_scan<T> || calls_scan<T>,
                      "'scan' must be public and callable as 'aurelis_status scan(aurelis_call*, aurelis_scan&, "
                      "aurelis_visit_fn, void* user)'");
        static_assert(!has_flush<T> || calls_flush<T>,
                      "'flush' must be public and callable as 'aurelis_status flush(aurelis_call*)'");
        static_assert(!has_size<T> || calls_size<T>,
                      "'size' must be public and callable as 'aurelis_status size(aurelis_call*, aurelis_size& out)'");
        static_assert(!has_stats<T> || calls_stats<T>,
                      "'stats' must be public and callable as 'aurelis_status stats(aurelis_call*, aurelis_stat_fn, "
                      "void* user)'");
        static_assert(!has_limits<T> || calls_limits<T>,
                      "'limits' must be public and callable as 'void limits(aurelis_limits& out)'");
        static_assert(!has_caps<T> || calls_caps<T>, "'caps' must be public and callable as 'uint64_t caps() const'");
    }
    static_assert(spells_multi_write<T>, "writes in batches are called 'multi_write', sets and removals alike");
    static_assert(spells_multi_get<T>, "reads in batches are called 'multi_get'");
    static_assert(spells_remove_matching<T>,
                  "removal by condition, of everything as well, is called 'remove_matching'");
    static_assert(spells_get_extension<T>, "extensions are queried by 'get_extension'");
    static_assert(spells_the_rest<T>,
                  "the optional members are called start, stop, touch, scan, flush, size, stats, limits and caps");
    return true;
}

// Fails to compile, with an explanation, if T is not a strategy.
template <typename T>
constexpr bool check_strategy() {
    static_assert(!std::is_final_v<T>, "a strategy's class must not be 'final': its members are looked up by deriving");
    constexpr uint64_t kWishes = ~uint64_t{0} << 48;
    static_assert((T::kCaps & ~kWishes) == 0, "a strategy's kCaps may only have requests (bits 48 and up): its other "
                                              "capabilities are those of its next store");
    if constexpr (!std::is_final_v<T>) {
        static_assert(!has_get<T> || calls_get<T>, "'get' must be public and callable as 'aurelis_status "
                                                   "get(aurelis_call*, const aurelis_key&, aurelis_entry* out)'");
        static_assert(!has_set<T> || calls_set<T>,
                      "'set' must be public and callable as 'aurelis_status set(aurelis_call*, const aurelis_key&, "
                      "const aurelis_write&, uint64_t* new_version)'");
        static_assert(!has_remove<T> || calls_remove<T>,
                      "'remove' must be public and callable as 'aurelis_status remove(aurelis_call*, "
                      "const aurelis_key&)'");
    }
    return check_optional_members<T>();
}

// Fails to compile, with an explanation, if T is not a store.
template <typename T>
constexpr bool check_store() {
    static_assert(!std::is_final_v<T>, "a store's class must not be 'final': its members are looked up by deriving");
    static_assert(requires { uint64_t{T::kCaps}; },
                  "a store needs 'static constexpr uint64_t kCaps': the AURELIS_CAP_* that an instance can have, or 0");
    static_assert(calls_get<T>,
                  "a store needs a public 'aurelis_status get(aurelis_call*, const aurelis_key&, aurelis_entry* out)'");
    static_assert(calls_set<T>, "a store needs a public 'aurelis_status set(aurelis_call*, const aurelis_key&, "
                                "const aurelis_write&, uint64_t* new_version)'");
    static_assert(calls_remove<T>,
                  "a store needs a public 'aurelis_status remove(aurelis_call*, const aurelis_key&)'");
    static_assert(check_optional_members<T>());
    static_assert(!keeps<T>(AURELIS_CAP_EXPIRY) || calls_touch<T>, "AURELIS_CAP_EXPIRY is claimed without 'touch'");
    static_assert(!keeps<T>(AURELIS_CAP_SCAN) || calls_scan<T>, "AURELIS_CAP_SCAN is claimed without 'scan'");
    static_assert(!keeps<T>(AURELIS_CAP_MULTI) || (calls_multi_get<T> && calls_multi_write<T>),
                  "AURELIS_CAP_MULTI is claimed without 'multi_get' and 'multi_write'");
    static_assert(!keeps<T>(AURELIS_CAP_ATOMIC) || calls_multi_write<T>,
                  "AURELIS_CAP_ATOMIC is claimed without 'multi_write'");
    static_assert(!keeps<T>(AURELIS_CAP_LEASE) || keeps<T>(AURELIS_CAP_CAS),
                  "AURELIS_CAP_LEASE is claimed without AURELIS_CAP_CAS");
    static_assert(!keeps<T>(AURELIS_CAP_FENCED) || keeps<T>(AURELIS_CAP_REMOTE),
                  "AURELIS_CAP_FENCED is claimed without AURELIS_CAP_REMOTE");
    return true;
}

}  // namespace aurelis::plugin::member_checks
