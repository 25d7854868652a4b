// Chain: the strategies of one category, from the first that the configuration names down to the stack of layers; if
// there are none, just the stack. A write takes the lane of its key before the first strategy is called, so that the
// lane spans the whole chain; what a load publishes enters at the top as well.
// Leaves to others: the layers (stack), what is loaded (flow), which strategies there are (api).
// Threads: any; made and closed by the cache's owner. No lock except the lanes is held while a strategy is called.
#pragma once

#include "chain/walk.hpp"
#include "plugin/store_handle.hpp"

#include <aurelis/base/result.hpp>

#include <memory>
#include <string>
#include <vector>

namespace aurelis::core {

// One strategy as configured.
struct StrategySpec {
    std::string name;
    std::string place;  // "cache.yaml:12", for messages.
    FoundComponent component;
    Node options;  // Checked.
    std::vector<aurelis_ref> refs;
};

class Chain {
public:
    // A chain without strategies: just the stack.
    explicit Chain(Stack& stack) : stack_(stack) {}
    ~Chain() { close(); }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    // Starts the strategies, lowest first. bottom: the stack's store; wiring: what they have in common.
    Result<void> start(std::vector<StrategySpec> specs, aurelis_store* bottom, const Wiring& wiring);
    // Stops them, highest first; what was pending in them has been flushed before.
    void close() noexcept;
    // Flushes the strategies that have a flush of their own, highest first, until the call's deadline. Returns the last
    // failure.
    aurelis_status flush(CallContext& context);

    bool is_stack_alone() const noexcept { return top_ == nullptr; }
    Stack& stack() noexcept { return stack_; }
    // Highest first.
    const std::vector<std::unique_ptr<StoreHandle>>& strategies() const noexcept { return strategies_; }
    const std::vector<StrategySpec>& specs() const noexcept { return specs_; }

    // Like the functions of the stack. A status below 0, even from a get, comes from a strategy; context.error says
    // why, and context.item_errors says so for each item of a batch.
    aurelis_status get(CallContext& context, const aurelis_key& key, Lookup& lookup, aurelis_entry& out,
                       Asking* asking) {
        return top_ == nullptr ? stack_.get(context, key, lookup, out) : ask_top(context, key, lookup, out, asking);
    }
    // lookups: as for the stack, which fills them in if there are no strategies. asking: NULL, or that of n items.
    void multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out,
                   Lookup* lookups = nullptr, Asking* asking = nullptr);
    aurelis_status set(CallContext& context, const aurelis_key& key, const aurelis_write& write, aurelis_status* each);
    // If there are strategies, a removal that cannot enter the lane in time returns E_TIMEOUT, since they have not been
    // told of it; the copies in the layers are removed nevertheless.
    aurelis_status remove(CallContext& context, const aurelis_key& key, aurelis_status* each);
    void multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                     aurelis_status* each, const std::vector<bool>* persistent);
    aurelis_status publish(CallContext& context, const aurelis_key& key, const aurelis_write& write, Lookup& lookup);

private:
    aurelis_status ask_top(CallContext& context, const aurelis_key& key, Lookup& lookup, aurelis_entry& out,
                           Asking* asking);
    void multi_write_at_top(CallContext& context, Walk& walk, const aurelis_key* keys, const aurelis_write* writes,
                            size_t n, aurelis_status* each);
    // Makes sure that the context has a text for a status below 0.
    aurelis_status told(CallContext& context, aurelis_status status) const;
    // Makes sure that exactly the items whose status is below 0 have a text.
    template <typename StatusOf>
    void complete_item_errors(CallContext& context, aurelis_status all, size_t n, StatusOf&& status_of) const;
    std::string not_said(aurelis_status status) const;

    Stack& stack_;
    aurelis_store* top_ = nullptr;  // NULL: there are no strategies.
    std::vector<StrategySpec> specs_;
    std::vector<std::unique_ptr<StoreHandle>> strategies_;  // Highest first.
};

}  // namespace aurelis::core
