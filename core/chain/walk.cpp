#include "chain/walk.hpp"

#include "base/locks.hpp"

#include <cstring>

namespace aurelis::core {
namespace {

// Derived calls may report from several threads at once. Rare enough for one lock.
Mutex& reports_mutex() noexcept {
    static Mutex mutex;
    return mutex;
}

}  // namespace

void CallScope::make_own(Runtime& runtime) noexcept {
    CallContext& own = own_.emplace();
    aurelis_call& call = own.call;
    const aurelis_call mine = call;
    std::memcpy(static_cast<void*>(&call), call_, std::min<size_t>(call_->struct_size, sizeof call));
    call.struct_size = mine.struct_size;
    call.host_data = mine.host_data;
    call.set_error = mine.set_error;
    call.set_item_error = mine.set_item_error;
    if (call.now_wall == 0) call.now_wall = runtime.clock.wall();
    if (root_ == nullptr) return;
    own.requires_persistent = root_->requires_persistent;
    own.walk = root_->walk;
}

aurelis_status CallScope::end_batch(aurelis_status status) noexcept {
    if (own_)
        for (const CallContext::ItemError& one : own_->item_errors)
            aurelis_item_error(call_, one.item, AURELIS_E_FAILED, one.text.data(), one.text.size());
    return end(status);
}

void CallScope::report(const aurelis_key& key, const aurelis_status* each, size_t layers) noexcept {
    Walk* const of = walk();
    if (of == nullptr || of->each == nullptr || !of->is_of(key)) return;
    const MutexLock lock(reports_mutex());
    std::copy(each, each + layers, of->each);
    if (own_) root_->outdated_layers |= own_->outdated_layers;
}

}  // namespace aurelis::core
