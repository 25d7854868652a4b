// What a caller's options say about the call itself: whether it has been given up, and where it belongs in a trace.
#pragma once

#include "plugin/host_services.hpp"

#include <aurelis/aurelis.h>

namespace aurelis::core {

inline bool is_cancelled(const uint32_t* cancel) noexcept {
    return cancel != nullptr && __atomic_load_n(cancel, __ATOMIC_RELAXED) != 0;
}

// options: those of a read or a write. The error is the whole answer if the call has been given up already.
template <typename Options>
aurelis_status take_call_terms(const Options& options, CallContext& context, Error& error) {
    context.call.cancel = options.cancel;
    if (options.trace != nullptr) {
        context.call.trace_id[0] = options.trace->trace_id[0];
        context.call.trace_id[1] = options.trace->trace_id[1];
        context.call.span_id = options.trace->span_id;
        context.call.trace_flags = options.trace->flags;
    }
    if (!is_cancelled(options.cancel)) return AURELIS_OK;
    error = Error{AURELIS_E_CANCELLED, "the call was cancelled before it began"};
    return AURELIS_E_CANCELLED;
}

}  // namespace aurelis::core
