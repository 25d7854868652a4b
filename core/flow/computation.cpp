#include "flow/computation.hpp"

#include "base/buffer.hpp"
#include "flow/answer.hpp"

#include <string>
#include <vector>

namespace aurelis::core {
namespace {

// Prepares what a compute function gets for one name, and where it writes its error.
void prepare(aurelis_computed& computed, const aurelis_call& call, const aurelis_trace& trace,
             const aurelis_answer* stale, std::string& error) noexcept {
    computed.struct_size = sizeof computed;
    if ((trace.trace_id[0] | trace.trace_id[1]) != 0) computed.trace = &trace;
    computed.stale = stale;
    computed.deadline_mono = call.deadline_mono;
    computed.cancel = call.cancel;
    computed.library = &error;
    computed.set_error = [](aurelis_computed* self, const char* text, size_t size) noexcept {
        try {
            static_cast<std::string*>(self->library)->assign(text, size);
        } catch (...) {
        }
    };
}

aurelis_trace trace_of(const aurelis_call& call) noexcept {
    return {{call.trace_id[0], call.trace_id[1]}, call.span_id, call.trace_flags, 0};
}

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

// What became of one name: its status, and its value and terms in loaded and terms.
aurelis_status take(aurelis_computed& got, aurelis_status status, std::string& error, const aurelis_entry* stale,
                    EntryTerms& terms, Loaded& loaded) {
    if (status != AURELIS_OK && status != AURELIS_NOT_FOUND) {
        aurelis_buf_release(&got.value);
        loaded.error = error.empty() && status < 0 ? "the computation failed and did not say why" : error;
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

}  // namespace

aurelis_status run_computation(aurelis_compute_fn compute, void* user, const aurelis_name& name,
                               const aurelis_call& call, const aurelis_entry* stale, EntryTerms& terms,
                               Loaded& loaded) {
    aurelis_computed computed{};
    std::string error;
    const aurelis_trace trace = trace_of(call);
    const aurelis_answer copy = stale != nullptr ? lent(*stale) : aurelis_answer{};
    prepare(computed, call, trace, stale != nullptr ? &copy : nullptr, error);
    const aurelis_status status = compute(user, &name, &computed);
    return take(computed, status, error, stale, terms, loaded);
}

void run_computations(aurelis_compute_many_fn compute, void* user, const aurelis_call& call,
                      std::span<NameToLoad> names) {
    const size_t n = names.size();
    const aurelis_trace trace = trace_of(call);
    std::vector<aurelis_computed> computed(n);
    std::vector<std::string> errors(n);
    std::vector<aurelis_answer> copies(n);
    std::vector<aurelis_name> asked;
    std::vector<aurelis_status> each(n, AURELIS_NOT_FOUND);
    for (size_t i = 0; i < n; ++i) {
        asked.push_back(names[i].name);
        if (names[i].stale != nullptr) copies[i] = lent(*names[i].stale);
        prepare(computed[i], call, trace, names[i].stale != nullptr ? &copies[i] : nullptr, errors[i]);
    }
    aurelis_status all = compute(user, asked.data(), n, computed.data(), each.data());
    std::string of_all = errors[0];
    if (all > AURELIS_OK) {
        of_all = "the computation of several names returned " + std::to_string(all) +
                 "; it returns 0, and the status of each name in `each`";
        all = AURELIS_E_FAILED;
    }
    for (size_t i = 0; i < n; ++i) {
        const bool has_failed = all != AURELIS_OK;
        if (has_failed && errors[i].empty()) errors[i] = of_all;
        names[i].status = take(computed[i], has_failed ? all : each[i], errors[i], names[i].stale, names[i].terms,
                               names[i].loaded);
    }
}

}  // namespace aurelis::core
