#include "plugin/table_gaps.hpp"

#include "plugin/relayed_call.hpp"
#include "plugin/store_handle.hpp"

#include <cstring>

namespace aurelis::core {
namespace {

aurelis_status unsupported(aurelis_call* call, const char* what) noexcept {
    if (call != nullptr && call->set_error != nullptr) {
        call->set_error(call, AURELIS_E_UNSUPPORTED, what, std::strlen(what));
    }
    return AURELIS_E_UNSUPPORTED;
}

struct OfAny {
    static aurelis_status start(aurelis_store*, aurelis_call*) noexcept { return AURELIS_OK; }
    static void stop(aurelis_store*) noexcept {}
    static const void* get_extension(aurelis_store*, const char*) noexcept { return nullptr; }
    static aurelis_status stats(aurelis_store*, aurelis_call*, aurelis_stat_fn, void*) noexcept { return AURELIS_OK; }
    static void limits(aurelis_store*, aurelis_limits*) noexcept {}
};

struct OfBackend {
    static aurelis_status touch(aurelis_store*, aurelis_call* c, const aurelis_key*, int64_t) noexcept {
        return unsupported(c, "this store cannot change when an entry expires");
    }
    static aurelis_status remove_matching(aurelis_store*, aurelis_call* c, const aurelis_match*, uint64_t*) noexcept {
        return unsupported(c, "this store cannot remove by condition");
    }
    static aurelis_status scan(aurelis_store*, aurelis_call* c, aurelis_scan*, aurelis_visit_fn, void*) noexcept {
        return unsupported(c, "this store cannot list its keys");
    }
    static aurelis_status flush(aurelis_store*, aurelis_call*) noexcept { return AURELIS_OK; }
    static aurelis_status size(aurelis_store*, aurelis_call* c, aurelis_size*) noexcept {
        return unsupported(c, "this store does not count");
    }
};

// The same call of the next store.
template <auto Member>
struct PassOn;
template <typename... Args, aurelis_status (*aurelis_store_ops::*Member)(aurelis_store*, Args...) noexcept>
struct PassOn<Member> {
    static aurelis_status call(aurelis_store* s, Args... args) noexcept {
        aurelis_store* const next = static_cast<const StoreHandle*>(s->host_data)->wiring().next;
        return (next->ops->*Member)(next, args...);
    }
};

template <typename Function>
void fill(Function*& place, Function* filler) noexcept {
    if (place == nullptr) place = filler;
}

void fill_gaps_of_any(aurelis_store_ops& ops) noexcept {
    ops.struct_size = sizeof ops;
    fill(ops.start, &OfAny::start);
    fill(ops.stop, &OfAny::stop);
    fill(ops.get_extension, &OfAny::get_extension);
    fill(ops.stats, &OfAny::stats);
    fill(ops.limits, &OfAny::limits);
}

// A store without multi_write cannot compare and remove in one step; this leaves a gap of one call.
aurelis_status remove_by_loop(aurelis_store* s, aurelis_call* c, const aurelis_key* key,
                              const aurelis_write& write) noexcept {
    if ((write.flags & AURELIS_SET_IF_VERSION) != 0) {
        aurelis_entry found{};
        const aurelis_status status = s->ops->get(s, c, key, &found);
        if (status == AURELIS_OK || status == AURELIS_STALE) aurelis_buf_release(&found.value);
        if (status < 0) return status;
        if (status == AURELIS_NOT_FOUND) return AURELIS_NOT_FOUND;
        if (found.meta.version != write.if_version) return AURELIS_CONFLICT;
    }
    return s->ops->remove(s, c, key);
}

}  // namespace

aurelis_status multi_get_by_loop(aurelis_store* s, aurelis_call* c, const aurelis_key* keys, size_t n,
                                 aurelis_entry* out) noexcept {
    bool partial = false;
    RelayedCall relayed(c);
    for (size_t i = 0; i < n; ++i) {
        const aurelis_status status = s->ops->get(s, relayed.for_item(i), &keys[i], &out[i]);
        out[i].status = status;
        partial |= status < 0;
    }
    return partial ? AURELIS_PARTIAL : AURELIS_OK;
}

aurelis_status multi_write_by_loop(aurelis_store* s, aurelis_call* c, const aurelis_key* keys,
                                   const aurelis_write* writes, size_t n, aurelis_status* each,
                                   uint64_t* versions) noexcept {
    bool partial = false;
    RelayedCall relayed(c);
    for (size_t i = 0; i < n; ++i) {
        aurelis_call* const item = relayed.for_item(i);
        each[i] = (writes[i].flags & AURELIS_SET_REMOVE) != 0
                      ? remove_by_loop(s, item, &keys[i], writes[i])
                      : s->ops->set(s, item, &keys[i], &writes[i], versions != nullptr ? &versions[i] : nullptr);
        partial |= each[i] != AURELIS_OK && each[i] != AURELIS_NOT_FOUND;
    }
    return partial ? AURELIS_PARTIAL : AURELIS_OK;
}

void fill_gaps_of_backend(aurelis_store_ops& ops) noexcept {
    fill_gaps_of_any(ops);
    fill(ops.touch, &OfBackend::touch);
    fill(ops.multi_get, &multi_get_by_loop);
    fill(ops.multi_write, &multi_write_by_loop);
    fill(ops.remove_matching, &OfBackend::remove_matching);
    fill(ops.scan, &OfBackend::scan);
    fill(ops.flush, &OfBackend::flush);
    fill(ops.size, &OfBackend::size);
}

void fill_gaps_of_strategy(aurelis_store_ops& ops) noexcept {
    fill_gaps_of_any(ops);
    // A batch must do what the single form does.
    if (ops.multi_get == nullptr && ops.get != nullptr) ops.multi_get = &multi_get_by_loop;
    if (ops.multi_write == nullptr && (ops.set != nullptr || ops.remove != nullptr))
        ops.multi_write = &multi_write_by_loop;
    fill(ops.get, &PassOn<&aurelis_store_ops::get>::call);
    fill(ops.set, &PassOn<&aurelis_store_ops::set>::call);
    fill(ops.remove, &PassOn<&aurelis_store_ops::remove>::call);
    fill(ops.touch, &PassOn<&aurelis_store_ops::touch>::call);
    fill(ops.multi_get, &PassOn<&aurelis_store_ops::multi_get>::call);
    fill(ops.multi_write, &PassOn<&aurelis_store_ops::multi_write>::call);
    fill(ops.remove_matching, &PassOn<&aurelis_store_ops::remove_matching>::call);
    fill(ops.scan, &PassOn<&aurelis_store_ops::scan>::call);
    fill(ops.flush, &PassOn<&aurelis_store_ops::flush>::call);
    fill(ops.size, &PassOn<&aurelis_store_ops::size>::call);
}

}  // namespace aurelis::core
