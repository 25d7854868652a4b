// Walk: what one operation carries through the strategies of its category besides its call: what the stack at the
// bottom fills in or needs to know. CallScope: the context in which a store of the core handles a call that came
// through plugins.
//
// A strategy passes on its call or one derived from it, perhaps on another thread. Only the operation's own call, which
// one thread uses at a time, may fill in the walk's places; everything else in the walk is only read.
#pragma once

#include "plugin/host_services.hpp"
#include "stack/stack.hpp"

#include <algorithm>
#include <optional>

namespace aurelis::core {

struct Asking;  // What the caller of a get provided for loading its key (flow/origin_store.hpp).

inline bool is_same(const aurelis_key& one, const aurelis_key& other) noexcept {
    if (one.hash != other.hash || one.size != other.size) return false;
    return one.data == other.data || text_of(one) == text_of(other);  // Usually it is the same key object.
}

struct Walk {
    const aurelis_key* key = nullptr;     // For an operation with one key; NULL for a batch.
    Lookup* lookup = nullptr;             // For a get: filled by the stack's first look-up of the key.
    aurelis_entry* out = nullptr;         // For a get: where its answer goes; empty so far.
    const Lookup* publishing = nullptr;   // For a publication: the look-up whose lease allows it.
    aurelis_status* each = nullptr;       // For a set or remove: the status of each layer.
    const uint64_t* lanes = nullptr;      // The hashes of the lanes that the operation holds, ascending.
    size_t lane_count = 0;
    Asking* asking = nullptr;
    const CallContext* context = nullptr;  // The operation's.
    const aurelis_key* keys = nullptr;     // For a batch: its items.
    size_t key_count = 0;

    bool is_batch() const noexcept { return keys != nullptr; }
    // The item of the batch that has the key, probably item `likely`; SIZE_MAX: none.
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

// An error that the core reports about a key, through a call that belongs to a batch, is attributed to the batch's item
// with that key, whether a strategy has asked in a batch or for a single key; so each call of a batch has a context of
// its own.
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
    // NULL: the call does not belong to a current operation of the host.
    Walk* walk() const noexcept { return root_ != nullptr ? root_->walk : nullptr; }
    // Whether this is the operation's own call.
    bool is_direct() const noexcept { return !own_; }
    bool in_lane(const KeyOrder& order, uint64_t hash) const noexcept {
        return order.holds_lane(hash) || (walk() != nullptr && walk()->holds_lane(hash));
    }
    // Passes on the error in the context. Returns the status for the store to return.
    aurelis_status end(aurelis_status status) noexcept {
        if (own_ && status < 0 && call_->set_error != nullptr)
            call_->set_error(call_, status, own_->error.data(), own_->error.size());
        return status;
    }
    // The same for a single operation on this key.
    aurelis_status end(aurelis_status status, const aurelis_key& key) noexcept;
    // The same for a batch whose item errors are in the context.
    aurelis_status end_batch(const aurelis_key* keys, size_t n, const aurelis_status* each) noexcept;
    // Reports which layers hold something older than a write (CallContext::outdated_layers) and the status of each.
    void report(const aurelis_key& key, const aurelis_status* each, size_t layers) noexcept;
    aurelis_status refuse(aurelis_status status, const char* why) noexcept {
        context().error = why;
        return end(status);
    }

private:
    void make_own(Runtime& runtime) noexcept;
    // The item of the operation's batch that has the key, if errors reported through the call go straight to it.
    size_t item_of(const aurelis_key& key, size_t likely) const noexcept;

    aurelis_call* const call_;
    CallContext* const root_;
    std::optional<CallContext> own_;
};

}  // namespace aurelis::core
