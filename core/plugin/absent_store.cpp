#include "plugin/absent_store.hpp"

#include "plugin/table_gaps.hpp"

#include <string_view>

namespace aurelis::core {
namespace {

aurelis_status closed(aurelis_call* call) noexcept {
    constexpr std::string_view kWhy = "the cache is not running yet; call other stores only from start() on";
    if (call != nullptr && call->set_error != nullptr)
        call->set_error(call, AURELIS_E_CLOSED, kWhy.data(), kWhy.size());
    return AURELIS_E_CLOSED;
}
aurelis_status get(aurelis_store*, aurelis_call* call, const aurelis_key*, aurelis_entry*) noexcept {
    return closed(call);
}
aurelis_status set(aurelis_store*, aurelis_call* call, const aurelis_key*, const aurelis_write*, uint64_t*) noexcept {
    return closed(call);
}
aurelis_status remove(aurelis_store*, aurelis_call* call, const aurelis_key*) noexcept { return closed(call); }
void destroy(aurelis_store*) noexcept {}

const aurelis_store_ops kTable = [] {
    aurelis_store_ops ops{};
    ops.get = &get;
    ops.set = &set;
    ops.remove = &remove;
    ops.destroy = &destroy;
    fill_gaps_of_backend(ops);
    return ops;
}();

}  // namespace

aurelis_store absent_store(uint64_t caps) noexcept { return {&kTable, nullptr, caps, nullptr}; }

}  // namespace aurelis::core
