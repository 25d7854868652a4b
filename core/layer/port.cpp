#include "layer/port.hpp"

#include "base/buffer.hpp"
#include "base/names.hpp"
#include "layer/answers.hpp"
#include "validity/entry.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

constexpr uint64_t kPageKeys = 512;

// One page of a scan; keys without the prefix are dropped.
struct Page {
    std::string_view prefix;
    std::vector<std::string> keys;
    static uint32_t collect(void* self, const aurelis_key* key, const aurelis_entry*) noexcept {
        auto& page = *static_cast<Page*>(self);
        try {
            if (text_of(*key).starts_with(page.prefix)) page.keys.emplace_back(text_of(*key));
            return 1;
        } catch (...) {
            return 0;
        }
    }
};

}  // namespace

aurelis_status Port::failed(CallContext& context, aurelis_status status, const char* what) {
    counters_.add(kErrors);
    return gate_.failed(context, status, what);
}

aurelis_status Port::unreachable(CallContext& context) {
    counters_.add(kUnreachable);
    context.error = gate_.last_error();
    context.error_status = AURELIS_E_UNAVAILABLE;
    return AURELIS_E_UNAVAILABLE;
}

aurelis_status Port::multi_get(StoreHandle& handle, CallContext& context, const aurelis_key* keys, size_t n,
                               aurelis_entry* out) {
    Gate::Visit visit(gate_, context, true);
    aurelis_status all;
    {
        Timing timing(*this, counts(context));
        context.item_errors.clear();
        all = handle.ops().multi_get(handle.store(), &context.call, keys, n, out);
    }
    if (all < 0) return judged(visit, all, "multi_get failed");
    const std::string told = context.error;  // Applies to the items that have no text of their own.
    std::string why = told;                  // The text of the worst item.
    aurelis_status worst = AURELIS_OK;
    for (size_t i = 0; i < n; ++i) {
        if (out[i].status == AURELIS_OK || out[i].status == AURELIS_NOT_FOUND) continue;
        context.error = why = context.error_of(i, told);
        worst = out[i].status;
        out[i].status = failed(context, out[i].status, "get failed");
    }
    context.error = std::move(why);
    visit.end(worst, "get failed");
    return AURELIS_OK;
}

aurelis_status Port::set(StoreHandle& handle, CallContext& context, const aurelis_key& key,
                         const aurelis_write& write) {
    Gate::Visit visit(gate_, context, false);
    const aurelis_status status =
        answer_of_set(handle.ops().set(handle.store(), &context.call, &key, &write, nullptr));
    if (status < 0 && status != AURELIS_E_TOO_LARGE && status != AURELIS_E_FULL)
        return judged(visit, status, "set failed");
    visit.end(AURELIS_OK, "");
    return status == AURELIS_E_FULL ? failed(context, status, "set failed") : status;
}

aurelis_status Port::remove(StoreHandle& handle, CallContext& context, const aurelis_key& key) {
    Gate::Visit visit(gate_, context, false);
    const aurelis_status status = answer_of_look(handle.ops().remove(handle.store(), &context.call, &key));
    return judged(visit, status, "remove failed");
}

aurelis_status Port::touch(StoreHandle& handle, CallContext& context, const aurelis_key& key, int64_t expires_wall) {
    Gate::Visit visit(gate_, context, false);
    const aurelis_status status =
        answer_of_look(handle.ops().touch(handle.store(), &context.call, &key, expires_wall));
    return judged(visit, status, "touch failed");
}

aurelis_status Port::multi_write(StoreHandle& handle, CallContext& context, const aurelis_key* keys,
                                 const aurelis_write* writes, size_t n, aurelis_status* each) {
    Gate::Visit visit(gate_, context, false);
    context.item_errors.clear();
    const aurelis_status all =
        handle.ops().multi_write(handle.store(), &context.call, keys, writes, n, each, nullptr);
    const bool only_removals = std::all_of(
        writes, writes + n, [](const aurelis_write& write) { return (write.flags & AURELIS_SET_REMOVE) != 0; });
    if (all == AURELIS_E_FULL && !only_removals) {
        visit.end(AURELIS_OK, "");
        return failed(context, all, "multi_write failed");
    }
    if (all < 0) return judged(visit, all, "multi_write failed");
    const std::string told = context.error;  // Applies to the items that have no text of their own.
    std::string why = told;                  // The text of the worst item.
    aurelis_status worst = AURELIS_OK;
    for (size_t i = 0; i < n; ++i) {
        each[i] = answer_of_write(each[i], writes[i].flags);
        const bool removal = (writes[i].flags & AURELIS_SET_REMOVE) != 0;
        if (each[i] >= 0 || (each[i] == AURELIS_E_TOO_LARGE && !removal)) continue;
        context.error = context.error_of(i, told);
        if (each[i] != AURELIS_E_FULL || removal) worst = each[i], why = context.error;
        each[i] = failed(context, each[i], removal ? "remove failed" : "set failed");
        context.item_errors.put(i, context.error);
    }
    context.error = std::move(why);
    visit.end(worst, "write failed");
    context.error = told;
    return AURELIS_OK;
}

aurelis_status Port::remove_matching(StoreHandle& handle, CallContext& context, const aurelis_match& match,
                                     uint64_t& removed) {
    Gate::Visit visit(gate_, context, false);
    visit.has_parts();  // A store may go through everything that it holds.
    aurelis_status status = handle.ops().remove_matching(handle.store(), &context.call, &match, &removed);
    if (status == AURELIS_E_UNSUPPORTED) return status;
    status = answer_of_look(status);
    return judged(visit, status, "clear failed");
}

aurelis_status Port::list_page(StoreHandle& handle, CallContext& context, std::string_view prefix,
                               std::string_view after, uint64_t page_hint, std::vector<std::string>& keys,
                               Pinned& next) {
    aurelis_match match{};
    match.struct_size = sizeof match;
    match.prefix = bytes(prefix);
    Page page{prefix, {}};
    aurelis_scan scan{};
    scan.struct_size = sizeof scan;
    scan.match = &match;
    scan.page_hint = page_hint;
    scan.after = bytes(after);
    Gate::Visit visit(gate_, context, true);
    aurelis_status status = handle.ops().scan(handle.store(), &context.call, &scan, &Page::collect, &page);
    if (status == AURELIS_E_UNSUPPORTED) return status;
    if (status > 0) status = AURELIS_E_FAILED;
    status = judged(visit, status, "scan failed");
    next = Pinned(scan.next);
    if (status < 0) return status;
    if (next.size() != 0 && next.view() == after)
        return failed(context, AURELIS_E_FAILED, "its scan makes no progress; the backend is at fault");
    keys = std::move(page.keys);
    return AURELIS_OK;
}

aurelis_status Port::list(StoreHandle& handle, CallContext& context, std::string_view prefix, const LookAt& look_at) {
    Pinned resume;
    do {
        std::vector<std::string> keys;
        Pinned next;
        aurelis_status status = list_page(handle, context, prefix, resume.view(), kPageKeys, keys, next);
        if (status == AURELIS_OK) status = look_at(keys);
        if (status != AURELIS_OK) return status;
        resume = std::move(next);
    } while (resume.size() != 0);
    return AURELIS_OK;
}

namespace {

// What a store reports about itself may be kept in this process, so an answer does not prove that the backend is up.
bool says_nothing(aurelis_status status) noexcept { return status >= 0 || status == AURELIS_E_UNSUPPORTED; }

}  // namespace

aurelis_status Port::size(StoreHandle& handle, CallContext& context, aurelis_size& out) {
    Gate::Visit visit(gate_, context, true);
    const aurelis_status status = handle.ops().size(handle.store(), &context.call, &out);
    return says_nothing(status) ? status : judged(visit, status, "size failed");
}

aurelis_status Port::stats(StoreHandle& handle, CallContext& context, aurelis_stat_fn tell, void* user) {
    Gate::Visit visit(gate_, context, true);
    const aurelis_status status = handle.ops().stats(handle.store(), &context.call, tell, user);
    return says_nothing(status) ? status : judged(visit, status, "stats failed");
}

aurelis_status Port::flush(StoreHandle& handle, CallContext& context) {
    const aurelis_status status = handle.ops().flush(handle.store(), &context.call);
    return status < 0 ? failed(context, status, "flush failed") : status;
}

}  // namespace aurelis::core
