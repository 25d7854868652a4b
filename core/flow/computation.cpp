#include "flow/computation.hpp"

#include "base/buffer.hpp"

namespace aurelis::core {
namespace {

// What a compute function writes its error into.
struct Computing {
    aurelis_computed computed{};
    std::string error;

    Computing() {
        computed.struct_size = sizeof computed;
        computed.library = &error;
        computed.set_error = [](aurelis_computed* self, const char* text, size_t size) noexcept {
            try {
                static_cast<std::string*>(self->library)->assign(text, size);
            } catch (...) {
            }
        };
    }
};

}  // namespace

aurelis_status run_computation(aurelis_compute_fn compute, void* user, const aurelis_name& name,
                               const aurelis_call& call, EntryTerms& terms, Loaded& loaded) {
    Computing computing;
    const aurelis_trace trace{{call.trace_id[0], call.trace_id[1]}, call.span_id, call.trace_flags, 0};
    if ((trace.trace_id[0] | trace.trace_id[1]) != 0) computing.computed.trace = &trace;
    aurelis_computed& got = computing.computed;
    const aurelis_status status = compute(user, &name, &got);
    if (status != AURELIS_OK) {
        aurelis_buf_release(&got.value);
        loaded.error =
            computing.error.empty() && status < 0 ? "the computation failed and did not say why" : computing.error;
        return status < 0 || status == AURELIS_NOT_FOUND ? status : aurelis_status{AURELIS_E_FAILED};
    }
    loaded.keep = got.dont_store == 0;
    const char* mistake = got.value.size != 0 && got.value.data == nullptr
                              ? "the value has a size but no data; point it to its bytes"
                              : terms.say(said_by(got));
    if (mistake != nullptr) {
        aurelis_buf_release(&got.value);
        loaded.error = std::string("the computation's result is refused: ") + mistake;
        return AURELIS_E_INVALID;
    }
    loaded.value = got.value.ops != nullptr ? Pinned(got.value) : copy_buffer(view(got.value));
    if (loaded.value.raw().ops == nullptr) {
        loaded.error = "out of memory";
        return AURELIS_E_NOMEM;
    }
    return AURELIS_OK;
}

}  // namespace aurelis::core
