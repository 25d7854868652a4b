// Walk: what one operation carries through the strategies of its category beside its call: what the stack at the bottom
// is to fill in or to go by. CallScope: the context in which a store of the core answers a call that came through
// plugins.
//
// A strategy passes its call on, or one that it has derived of it, perhaps on another thread. Only the operation's very
// own call may use the walk's places to fill in (one thread at a time uses it); what else it says is only read.
#pragma once

#include "plugin/host_services.hpp"
#include "stack/stack.hpp"

#include <algorithm>
#include <optional>

namespace aurelis::core {

struct Asking;  // What the caller of a get brought along to load its key with (flow/origin_store.hpp).

inline bool is_same(const aurelis_key& one, const aurelis_key& other) noexcept {
    if (one.hash != other.hash || one.size != other.size) return false;
    return one.data == other.data || text_of(one) == text_of(other);  // Mostly it is the very same.
}

struct Walk {
    const aurelis_key* key = nullptr;     // Of an operation with one key; NULL: of a batch.
    Lookup* lookup = nullptr;             // Of a get: the stack's first look-up of the key fills it.
    aurelis_entry* out = nullptr;         // Of a get: where its answer goes, which holds nothing yet.
    const Lookup* publishing = nullptr;   // Of a publication: by what right.
    aurelis_status* each = nullptr;       // Of a set or remove: what the layers say of it.
    const uint64_t* lanes = nullptr;      // The hashes of the lanes that the operation holds, rising.
    size_t lane_count = 0;
    Asking* asking = nullptr;
    const CallContext* context = nullptr;  // Of the operation.
    const aurelis_key* keys = nullptr;     // Of a batch: its items.
    size_t key_count = 0;

    bool is_batch() const noexcept { return keys != nullptr; }
    // Which item of the batch has the key, which is likely to be this one; SIZE_MAX: none.
    size_t item_of(const aurelis_key& wanted, size_t likely) const noexcept;
    bool is_of(const aurelis_key& other) const noexcept { return key != nullptr && is_same(*key, other); }
    bool holds_lane(uint64_t hash) const noexcept { return std::binary_search(lanes, lanes + lane_count, hash); }
};

// Puts a walk into a context for as long as it lives.
class WalkScope {
public:
    WalkScope(CallContext& context, Walk& walk) noexcept : context_(context), before_(context.walk) {
        context.walk = &walk;
        walk.context = &context;
    }
    ~WalkScope() { context_.walk = before_; }
    WalkScope(const WalkScope&) = delete;
    WalkScope& operator=(const WalkScope&) = delete;

private:
    CallContext& context_;
    Walk* const before_;
};

// What the core says through the call of a batch, of one of its keys, is said of the item with that key, whatever batch
// or single form a strategy has asked by; so each call of a batch has a context of its own.
class CallScope {
public:
    CallScope(Runtime& runtime, aurelis_call* call) noexcept : call_(call), root_(CallContext::behind(call)) {
        if (root_ == nullptr || &root_->call != call || (root_->walk != nullptr && root_->walk->is_batch()))
            make_own(runtime);
        else if (call->now_wall == 0)
            call->now_wall = runtime.clock.wall();
    }
    CallScope(const CallScope&) = delete;
    CallScope& operator=(const CallScope&) = delete;

    CallContext& context() noexcept { return own_ ? *own_ : *root_; }
    // NULL: the call belongs to no operation of the host's that goes on now.
    Walk* walk() const noexcept { return root_ != nullptr ? root_->walk : nullptr; }
    // The operation's very own call.
    bool is_direct() const noexcept { return !own_; }
    bool in_lane(const KeyOrder& order, uint64_t hash) const noexcept {
        return order.holds_lane(hash) || (walk() != nullptr && walk()->holds_lane(hash));
    }
    // Hands on what was said in the context; the status that the store answers.
    aurelis_status end(aurelis_status status) noexcept {
        if (own_ && status < 0 && call_->set_error != nullptr)
            call_->set_error(call_, status, own_->error.data(), own_->error.size());
        return status;
    }
    // The same, of the single form with that key.
    aurelis_status end(aurelis_status status, const aurelis_key& key) noexcept;
    // The same, of a batch whose items are in the context.
    aurelis_status end_batch(const aurelis_key* keys, size_t n, const aurelis_status* each) noexcept;
    // What layers hold instead of a write (CallContext::outdated_layers) and what they said of it, for the report.
    void report(const aurelis_key& key, const aurelis_status* each, size_t layers) noexcept;
    aurelis_status refuse(aurelis_status status, const char* why) noexcept {
        context().error = why;
        return end(status);
    }

private:
    void make_own(Runtime& runtime) noexcept;
    // The item of the operation's batch that has the key, if what is said through the call goes straight to it.
    size_t item_of(const aurelis_key& key, size_t likely) const noexcept;

    aurelis_call* const call_;
    CallContext* const root_;
    std::optional<CallContext> own_;
};

}  // namespace aurelis::core
