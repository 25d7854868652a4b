#include "chain/chain.hpp"

#include "base/names.hpp"
#include "layer/answers.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

using Lane = KeyOrder::Lane;

// What a strategy may return from a get.
aurelis_status answer_of_get(aurelis_status status) noexcept {
    return status == AURELIS_STALE ? status : answer_of_look(status);
}

constexpr const char* kRemovalUnheard =
    "the time-out passed while a write of the same key was under way; the copies in the layers are removed, but the "
    "strategies of the category have not been told; remove it again";
constexpr const char* kNothingWritten =
    "the time-out passed while an earlier write of the same key was under way; the key was not written; write it again";

}  // namespace

Result<void> Chain::start(std::vector<StrategySpec> specs, aurelis_store* bottom, const Wiring& wiring) {
    specs_ = std::move(specs);
    strategies_.resize(specs_.size());
    aurelis_store* next = bottom;
    for (size_t i = specs_.size(); i-- > 0;) {
        const StrategySpec& spec = specs_[i];
        Wiring own = wiring;
        own.next = next;
        own.refs = spec.refs;
        auto started = StoreHandle::start(stack_.runtime(), spec.component, wiring.category + "/" + spec.name,
                                          spec.options, std::move(own));
        if (!started)
            return fail(started.error().status, spec.place + ": category " + wiring.category + ": strategy " +
                                                    spec.name + ": " + started.error().message);
        strategies_[i] = std::move(started).value();
        next = strategies_[i]->store();
    }
    if (!strategies_.empty()) top_ = next;
    return {};
}

void Chain::close() noexcept {
    top_ = nullptr;
    for (auto& strategy : strategies_) strategy.reset();
    strategies_.clear();
}

aurelis_status Chain::flush(CallContext& context) {
    aurelis_status result = AURELIS_OK;
    for (const auto& strategy : strategies_) {
        if (!strategy->flushes_itself()) continue;
        const aurelis_status status = strategy->ops().flush(strategy->store(), &context.call);
        if (status < 0) result = told(context, status);
    }
    return result;
}

aurelis_status Chain::told(CallContext& context, aurelis_status status) const {
    if (status < 0 && context.error.empty())
        context.error = context.item_errors.empty() ? not_said(status) : context.item_errors.first();
    return status;
}

std::string Chain::not_said(aurelis_status status) const {
    return specs_.front().place + ": strategy " + specs_.front().name + ": " + status_name(status) +
           ", and it did not say why";
}

template <typename StatusOf>
void Chain::complete_item_errors(CallContext& context, aurelis_status all, size_t n, StatusOf&& status_of) const {
    ItemErrors told;  // By the strategies, perhaps for items that have not failed or do not exist.
    std::swap(told, context.item_errors);
    if (all < 0 && !context.error.empty()) told.clear();  // It applies to every item.
    for (size_t i = 0; i < n; ++i) {
        const aurelis_status status = status_of(i);
        if (status >= 0) continue;
        const std::string& text = told.of(i, context.error);
        context.item_errors.put(i, text.empty() ? not_said(status) : text);
    }
    if (!context.item_errors.empty()) context.error = context.item_errors.first();
}

aurelis_status Chain::ask_top(CallContext& context, const aurelis_key& key, Lookup& lookup, aurelis_entry& out,
                              Asking* asking) {
    Walk walk;
    walk.key = &key;
    walk.lookup = &lookup;
    walk.out = &out;
    walk.asking = asking;
    const WalkScope scope(context, walk);
    const aurelis_status status = answer_of_get(top_->ops->get(top_, &context.call, &key, &out));
    return status >= 0 ? status : told(context, status);
}

void Chain::multi_get(CallContext& context, const aurelis_key* keys, size_t n, aurelis_entry* out, Lookup* lookups,
                      Asking* asking) {
    if (top_ == nullptr) {
        stack_.multi_get(context, keys, n, out, lookups);
        return context.item_errors.clear();  // Errors of layers, which are passed over.
    }
    for (size_t i = 0; i < n; ++i) {
        out[i] = aurelis_entry{};
        out[i].status = AURELIS_NOT_FOUND;
    }
    Walk walk;
    walk.keys = keys;
    walk.key_count = n;
    walk.asking = asking;
    const WalkScope scope(context, walk);
    context.error.clear();
    context.item_errors.clear();
    const aurelis_status all = top_->ops->multi_get(top_, &context.call, keys, n, out);
    for (size_t i = 0; i < n; ++i) out[i].status = all < 0 ? all : answer_of_get(out[i].status);
    complete_item_errors(context, all, n, [&](size_t i) { return out[i].status; });
}

aurelis_status Chain::set(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                          aurelis_status* each) {
    if (top_ == nullptr) return stack_.set(context, key, write, each);
    std::fill(each, each + stack_.size(), AURELIS_NOT_STORED);
    KeyOrder& order = stack_.order();
    Lane lane(order);
    if (!stack_.enter(lane, context, key)) {
        std::fill(each, each + stack_.size(), AURELIS_E_TIMEOUT);
        return AURELIS_E_TIMEOUT;
    }
    order.revoke_leases(key.hash);
    Walk walk;
    walk.key = &key;
    walk.each = each;
    walk.lanes = &key.hash;
    walk.lane_count = 1;
    const WalkScope scope(context, walk);
    const aurelis_status status = answer_of_set(top_->ops->set(top_, &context.call, &key, &write, nullptr));
    order.revoke_leases(key.hash);
    return told(context, status);
}

aurelis_status Chain::remove(CallContext& context, const aurelis_key& key, aurelis_status* each) {
    if (top_ == nullptr) return stack_.remove(context, key, each);
    aurelis_status said[kStackLayersMax];
    if (each == nullptr) each = said;
    std::fill(each, each + stack_.size(), AURELIS_NOT_FOUND);
    KeyOrder& order = stack_.order();
    order.revoke_leases(key.hash);
    Lane lane(order);
    while (!lane.enter(key.hash, context.call.deadline_mono)) {
        if (!order.owe_removal(key)) continue;
        context.error = kRemovalUnheard;
        return AURELIS_E_TIMEOUT;
    }
    order.revoke_leases(key.hash);
    Walk walk;
    walk.key = &key;
    walk.each = each;
    walk.lanes = &key.hash;
    walk.lane_count = 1;
    const WalkScope scope(context, walk);
    const aurelis_status status = answer_of_look(top_->ops->remove(top_, &context.call, &key));
    order.revoke_leases(key.hash);
    return told(context, status);
}

void Chain::multi_write_at_top(CallContext& context, Walk& walk, const aurelis_key* keys, const aurelis_write* writes,
                               size_t n, aurelis_status* each) {
    walk.keys = keys;
    walk.key_count = n;
    const WalkScope scope(context, walk);
    context.error.clear();
    context.item_errors.clear();
    const aurelis_status all = top_->ops->multi_write(top_, &context.call, keys, writes, n, each, nullptr);
    for (size_t i = 0; i < n; ++i) {
        each[i] = all < 0 ? all : answer_of_write(each[i], writes[i].flags);
        stack_.order().revoke_leases(keys[i].hash);
    }
    complete_item_errors(context, all, n, [&](size_t i) { return each[i]; });
}

void Chain::multi_write(CallContext& context, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                        aurelis_status* each, const std::vector<bool>* persistent) {
    if (top_ == nullptr) return stack_.multi_write(context, keys, writes, n, each, persistent);
    const bool requires_before = context.requires_persistent;
    context.requires_persistent = n != 0 && persistent != nullptr && (*persistent)[0];  // One category, one policy.
    context.item_errors.clear();
    KeyOrder& order = stack_.order();
    const KeyOrder::BatchLanes lanes(order, keys, n, context.call.deadline_mono);
    ItemErrors not_in_time;
    for (const uint32_t i : lanes.not_entered()) {
        const bool owed = (writes[i].flags & AURELIS_SET_REMOVE) != 0 && order.owe_removal(keys[i]);
        not_in_time.put(i, owed ? kRemovalUnheard : kNothingWritten);
        each[i] = AURELIS_E_TIMEOUT;
    }
    Walk walk;
    walk.lanes = lanes.hashes().data();
    walk.lane_count = lanes.hashes().size();
    const std::vector<uint32_t>& entered = lanes.entered();
    if (entered.size() == n) {
        multi_write_at_top(context, walk, keys, writes, n, each);
    } else if (!entered.empty()) {
        std::vector<aurelis_key> some_keys;
        std::vector<aurelis_write> some_writes;
        for (const uint32_t i : entered) {
            some_keys.push_back(keys[i]);
            some_writes.push_back(writes[i]);
        }
        std::vector<aurelis_status> some_each(entered.size(), AURELIS_E_FAILED);
        multi_write_at_top(context, walk, some_keys.data(), some_writes.data(), entered.size(), some_each.data());
        for (size_t j = 0; j < entered.size(); ++j) each[entered[j]] = some_each[j];
    }
    if (!not_in_time.empty()) {
        for (const ItemErrors::One& one : context.item_errors) not_in_time.put(entered[one.item], one.text);
        std::swap(context.item_errors, not_in_time);
    }
    context.requires_persistent = requires_before;
}

aurelis_status Chain::publish(CallContext& context, const aurelis_key& key, const aurelis_write& write,
                              Lookup& lookup) {
    if (top_ == nullptr) return stack_.publish(context, key, write, lookup);
    KeyOrder& order = stack_.order();
    Lane lane(order);
    if (!lane.enter(key.hash, context.call.deadline_mono)) return AURELIS_E_TIMEOUT;
    if (!lookup.lease.valid()) return AURELIS_CONFLICT;
    Walk walk;
    walk.key = &key;
    walk.publishing = &lookup;
    walk.lanes = &key.hash;
    walk.lane_count = 1;
    const WalkScope scope(context, walk);
    aurelis_write copy = write;
    copy.flags |= AURELIS_SET_FILL;
    const aurelis_status status = answer_of_set(top_->ops->set(top_, &context.call, &key, &copy, nullptr));
    // As in Stack::publish.
    order.revoke_other_leases(key.hash, lookup.lease);
    return status;
}

}  // namespace aurelis::core
