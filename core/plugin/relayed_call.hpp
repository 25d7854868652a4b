// RelayedCall: the call that a part of a batch gets. What is reported through it about an item is passed on to the call
// that it stands for, under the item's number in the whole batch. Threads: one at a time, like a call.
#pragma once

#include <aurelis/abi.h>

#include <algorithm>
#include <cstring>

namespace aurelis::core {

class RelayedCall {
public:
    // to may be NULL. items: the numbers of the part's items in the whole batch; only for for_part().
    explicit RelayedCall(aurelis_call* to, const size_t* items = nullptr) noexcept : to_(to), items_(items) {
        if (to != nullptr) std::memcpy(static_cast<void*>(&call_), to, std::min<size_t>(to->struct_size, sizeof call_));
        call_.struct_size = sizeof call_;
        call_.host_data = this;
    }
    RelayedCall(const RelayedCall&) = delete;
    RelayedCall& operator=(const RelayedCall&) = delete;

    // What is reported about the whole part is reported about the whole batch.
    aurelis_call* for_part() noexcept {
        call_.set_error = &tell_all;
        call_.set_item_error = &tell_part;
        return to_ != nullptr ? &call_ : nullptr;
    }
    // For the single form: everything that is reported is about this item.
    aurelis_call* for_item(size_t item) noexcept {
        item_ = item;
        call_.set_error = &tell_item;
        call_.set_item_error = nullptr;
        return to_ != nullptr ? &call_ : nullptr;
    }

    // The call that this one, or the one that it is derived from, stands for; NULL: it is not a relayed call.
    static aurelis_call* stands_for(aurelis_call* call) noexcept {
        return call->set_error == &tell_all || call->set_error == &tell_item ? self(call).to_ : nullptr;
    }

private:
    static RelayedCall& self(aurelis_call* call) noexcept { return *static_cast<RelayedCall*>(call->host_data); }
    static void tell_part(aurelis_call* call, size_t item, aurelis_status status, const char* text,
                          size_t size) noexcept {
        aurelis_item_error(self(call).to_, self(call).items_[item], status, text, size);
    }
    static void tell_item(aurelis_call* call, aurelis_status status, const char* text, size_t size) noexcept {
        aurelis_item_error(self(call).to_, self(call).item_, status, text, size);
    }
    static void tell_all(aurelis_call* call, aurelis_status status, const char* text, size_t size) noexcept {
        aurelis_call* const to = self(call).to_;
        if (to->set_error != nullptr) to->set_error(to, status, text, size);
    }

    aurelis_call* const to_;
    const size_t* const items_;
    size_t item_ = 0;
    aurelis_call call_{};
};

}  // namespace aurelis::core
