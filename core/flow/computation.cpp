#include "flow/computation.hpp"

#include "base/buffer.hpp"
#include "flow/answer.hpp"

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

aurelis_answer lent(const aurelis_entry& stale) noexcept {
    aurelis_answer answer{};
    give(stale, AURELIS_STALE, answer);
    answer.value.owner = nullptr;
    answer.value.ops = nullptr;
    return answer;
}

aurelis_status refuse(aurelis_computed& got, Loaded& loaded, const char* mistake) {
    aurelis_buf_release(&got.value);
    loaded.error = std::string("the computation's result is refused: ") + mistake;
    return AURELIS_E_INVALID;
}

}  // namespace

aurelis_status run_computation(aurelis_compute_fn compute, void* user, const aurelis_name& name,
                               const aurelis_call& call, const aurelis_entry* stale, EntryTerms& terms,
                               Loaded& loaded) {
    Computing computing;
    const aurelis_trace trace{{call.trace_id[0], call.trace_id[1]}, call.span_id, call.trace_flags, 0};
    if ((trace.trace_id[0] | trace.trace_id[1]) != 0) computing.computed.trace = &trace;
    aurelis_computed& got = computing.computed;
    const aurelis_answer copy = stale != nullptr ? lent(*stale) : aurelis_answer{};
    if (stale != nullptr) got.stale = &copy;
    got.deadline_mono = call.deadline_mono;
    got.cancel = call.cancel;
    const aurelis_status status = compute(user, &name, &got);
    if (status != AURELIS_OK && status != AURELIS_NOT_FOUND) {
        aurelis_buf_release(&got.value);
        loaded.error =
            computing.error.empty() && status < 0 ? "the computation failed and did not say why" : computing.error;
        return status < 0 ? status : aurelis_status{AURELIS_E_FAILED};
    }
    loaded.keep = got.dont_store == 0;
    if (const char* mistake = terms.say(said_by(got))) return refuse(got, loaded, mistake);
    if (status == AURELIS_NOT_FOUND) {
        aurelis_buf_release(&got.value);
        loaded.is_negative = terms.has_negative_ttl();
        return status;
    }
    if (got.not_modified != 0) {
        if (stale == nullptr)
            return refuse(got, loaded, "it says 'not modified', but there is no stale value; compute it");
        if (const char* mistake = terms.keep_terms_of(*stale)) return refuse(got, loaded, mistake);
        aurelis_buf_release(&got.value);
        loaded.value = keep_buffer(stale->value);
    } else if (got.value.size != 0 && got.value.data == nullptr) {
        return refuse(got, loaded, "the value has a size but no data; point it to its bytes");
    } else {
        loaded.value = got.value.ops != nullptr ? Pinned(got.value) : copy_buffer(view(got.value));
    }
    if (loaded.value.raw().ops == nullptr) {
        loaded.error = "out of memory";
        return AURELIS_E_NOMEM;
    }
    return AURELIS_OK;
}

}  // namespace aurelis::core
