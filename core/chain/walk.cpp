#include "chain/walk.hpp"

#include "base/locks.hpp"

#include <cstring>

namespace aurelis::core {
namespace {

// Derived calls may report from several threads at once. This is rare, so one lock is enough.
Mutex& reports_mutex() noexcept {
    static Mutex mutex;
    return mutex;
}

}  // namespace

size_t Walk::item_of(const aurelis_key& wanted, size_t likely) const noexcept {
    if (likely < key_count && is_same(keys[likely], wanted)) return likely;
    const aurelis_key* const found =
        std::find_if(keys, keys + key_count, [&](const aurelis_key& one) { return is_same(one, wanted); });
    return found != keys + key_count ? static_cast<size_t>(found - keys) : SIZE_MAX;
}

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

size_t CallScope::item_of(const aurelis_key& key, size_t likely) const noexcept {
    const Walk* const of = walk();
    if (of == nullptr || !of->is_batch() || of->context != call_->host_data) return SIZE_MAX;
    return call_->set_item_error == &CallContext::keep_item_error ? of->item_of(key, likely) : SIZE_MAX;
}

aurelis_status CallScope::end(aurelis_status status, const aurelis_key& key) noexcept {
    const size_t item = own_ && status < 0 ? item_of(key, 0) : SIZE_MAX;
    if (item == SIZE_MAX) return end(status);
    aurelis_item_error(call_, item, status, own_->error.data(), own_->error.size());
    return status;
}

aurelis_status CallScope::end_batch(const aurelis_key* keys, size_t n, const aurelis_status* each) noexcept {
    if (own_)
        for (const ItemErrors::One& one : own_->item_errors) {
            const size_t item = item_of(keys[one.item], one.item);
            aurelis_item_error(call_, item != SIZE_MAX ? item : one.item, each[one.item], one.text.data(),
                               one.text.size());
        }
    const bool all = std::all_of(
        each, each + n, [](aurelis_status one) { return one == AURELIS_OK || one == AURELIS_NOT_FOUND; });
    return all ? AURELIS_OK : AURELIS_PARTIAL;
}

void CallScope::report(const aurelis_key& key, const aurelis_status* each, size_t layers) noexcept {
    Walk* const of = walk();
    if (of == nullptr || of->each == nullptr || !of->is_of(key)) return;
    const MutexLock lock(reports_mutex());
    std::copy(each, each + layers, of->each);
    if (own_) root_->outdated_layers |= own_->outdated_layers;
}

}  // namespace aurelis::core
