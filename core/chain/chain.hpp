// Chain: the strategies of one category, from the first that the configuration names down to the stack of layers;
// without any, the stack alone. A write takes the lane of its key before the first strategy is called, so that the lane
// spans the whole chain; what a load publishes comes in at the top as well.
// Leaves to others: the layers (stack), what is loaded (flow), which strategies there are (api).
// Threads: any; made and closed by the cache's owner. No lock but the lanes is held while a strategy is called.
#pragma once

#include "chain/walk.hpp"
#include "plugin/store_handle.hpp"

#include <aurelis/base/result.hpp>

#include <memory>
#include <string>
#include <vector>

namespace aurelis::core {

// One strategy as the configuration has it.
struct StrategySpec {
    std::string name;
    std::string place;  // "cache.yaml:12", for messages.
    FoundComponent component;
    Node options;  // Checked.
    std::vector<aurelis_ref> refs;
};

class Chain {
public:
    // The stack alone.
    explicit Chain(Stack& stack) : stack_(stack) {}
    ~Chain() { close(); }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    // Starts the strategies, the lowest first. bottom: the stack's store; wiring: what they have in common.
    Result<void> start(std::vector<StrategySpec> specs, aurelis_store* bottom, const Wiring& wiring);
    // Stops them, the highest first; what waits in them has been flushed before.
    void close() noexcept;
    // Those that keep something back write it, the highest first, until the call's deadline. The last failure.
    aurelis_status flush(CallContext& context);

    bool is_stack_alone() const noexcept { return top_ == nullptr; }
    Stack& stack() noexcept { return stack_; }
    // The highest first.
    const std::vector<std::unique_ptr<StoreHandle>>& strategies() const noexcept { return strategies_; }
    const std::vector<StrategySpec>& specs() const noexcept { return specs_; }

    // As the functions of the stack. Below 0, for a get too: what a strategy says; context.error says why, of each item
    // of a batch context.item_errors.
    aurelis_status get(CallContext& context, const aurelis_key& key, Lookup& lookup, aurelis_entry& out,
                       Asking* asking) {
        return top_ == nullptr ? stack_.get(context, key, lookup, out) : ask_top(context, key, lookup, out, asking);
    }
    void multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out);
    aurelis_status set(CallContext& context, const aurelis_key& key, const aurelis_write& write, aurelis_status* each);
    // A removal that cannot enter the lane in time is E_TIMEOUT if there are strategies, which have not heard of it
    // then; the copies in the layers are removed all the same.
    aurelis_status remove(CallContext& context, const aurelis_key& key, aurelis_status* each);
    void multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                     aurelis_status* each, const std::vector<bool>* persistent);
    aurelis_status publish(CallContext& context, const aurelis_key& key, const aurelis_write& write, Lookup& lookup);

private:
    aurelis_status ask_top(CallContext& context, const aurelis_key& key, Lookup& lookup, aurelis_entry& out,
                           Asking* asking);
    void multi_write_at_top(CallContext& context, Walk& walk, const aurelis_key* keys, const aurelis_write* writes,
                            size_t n, aurelis_status* each);
    // Below 0 the context has a text.
    aurelis_status told(CallContext& context, aurelis_status status) const;
    // So have the items that are, and no others.
    template <typename StatusOf>
    void complete_item_errors(CallContext& context, aurelis_status all, size_t n, StatusOf&& status_of) const;
    std::string not_said(aurelis_status status) const;

    Stack& stack_;
    aurelis_store* top_ = nullptr;  // NULL: there are no strategies.
    std::vector<StrategySpec> specs_;
    std::vector<std::unique_ptr<StoreHandle>> strategies_;  // The highest first.
};

}  // namespace aurelis::core
