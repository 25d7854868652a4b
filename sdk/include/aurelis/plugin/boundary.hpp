// The boundary between C++ and the ABI, the last thing before C: results and exceptions become statuses and texts,
// unknown flags are refused, outputs are filled only as far as the caller has room. Leaves to others:
// what the functions do (store.hpp, backend.hpp).
#pragma once

#include <aurelis/base/language.hpp>

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

namespace aurelis {

// The bytes of a key.
inline std::string_view view(const aurelis_key& key) noexcept { return {static_cast<const char*>(key.data), key.size}; }

}  // namespace aurelis

namespace aurelis::plugin {

// Reports why and returns the status, for `return report(call, AURELIS_E_INVALID, "...")`. call may be NULL.
inline aurelis_status report(aurelis_call* call, aurelis_status status, std::string_view why) noexcept {
    if (call != nullptr && call->set_error != nullptr) call->set_error(call, status, why.data(), why.size());
    return status;
}

inline aurelis_status report(aurelis_call* call, const Error& error) noexcept {
    return report(call, error.status, error.message);
}

// Runs work, which returns an aurelis_status, and lets no exception escape.
template <typename Work>
aurelis_status guarded(aurelis_call* call, Work&& work) noexcept {
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return report(call, AURELIS_E_NOMEM, "out of memory");
    } catch (const std::exception& caught) {
        return report(call, AURELIS_E_INTERNAL, caught.what());
    } catch (...) {
        return report(call, AURELIS_E_INTERNAL, "an exception of unknown type");
    }
}

// Whether flags contain one that must be known (abi.h, E6). 1.0 has none, so such a flag is always unknown.
constexpr bool must_be_known(uint32_t flags) noexcept { return (flags & AURELIS_MUST_KNOW) != 0; }

inline aurelis_status refuse_unknown_flags(aurelis_call* call) noexcept {
    return report(call, AURELIS_E_UNSUPPORTED, "a flag is set that this plugin does not know; update the plugin");
}

// Like guarded(); refuses a call if its flags, or those of its write, include an unknown one that must be known.
template <typename Work>
aurelis_status guarded_call(aurelis_call* call, uint32_t write_flags, Work&& work) noexcept {
    if (must_be_known(write_flags | (call != nullptr ? call->flags : 0))) return refuse_unknown_flags(call);
    return guarded(call, work);
}

// Fills a SIZED output (abi.h, 1 and E4) only as far as the caller has room, and sets struct_size to what was filled.
template <typename Sized>
void give(Sized* out, const Sized& whole) noexcept {
    const uint32_t room = std::min(out->struct_size, whole.struct_size);
    std::memcpy(out, &whole, room);
    out->struct_size = room;
}

}  // namespace aurelis::plugin
