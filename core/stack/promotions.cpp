#include "stack/promotions.hpp"

#include "base/buffer.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace aurelis::core {

struct Promotions::Waiting {
    Promotions& promotions;
    std::string key;
    std::string identity;
    uint64_t hash;
    aurelis_entry found;
    Pinned value;
    std::string attrs;
    Lookup lookup;
    uint32_t layers;
};

void Promotions::add(const aurelis_key& key, const aurelis_entry& found, Lookup& lookup, size_t layers_known,
                     uint32_t layers) {
    constexpr uint32_t kWaitingMax = 1024;
    if (waiting_.fetch_add(1, std::memory_order_relaxed) >= kWaitingMax) {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    auto* later = new Waiting{*this,
                              std::string(text_of(key)),
                              {},
                              key.hash,
                              found,
                              keep_buffer(found.value),
                              std::string(view(found.attrs)),
                              {},
                              layers};
    if (key.subject != nullptr) later->identity = view(key.subject->identity);
    later->found.value = later->value.raw();
    later->found.attrs = bytes(later->attrs);
    later->lookup.missed = lookup.missed;
    std::copy(lookup.versions, lookup.versions + layers_known, later->lookup.versions);
    lookup.lease.move_to(later->lookup.lease);
    if (runtime_.tasks.submit(owner_, &Promotions::run, later, 0, nullptr) != AURELIS_OK) run(later, 1);
}

void Promotions::run(void* waiting, uint32_t cancelled) noexcept {
    const std::unique_ptr<Waiting> one(static_cast<Waiting*>(waiting));
    Promotions& self = one->promotions;
    if (cancelled == 0) self.carry_out(*one);
    self.waiting_.fetch_sub(1, std::memory_order_relaxed);
}

void Promotions::carry_out(Waiting& one) {
    CallContext context;
    context.call.flags = AURELIS_CALL_BACKGROUND;
    context.call.now_wall = runtime_.clock.wall();
    aurelis_subject subject{};
    subject.struct_size = sizeof subject;
    subject.identity = bytes(one.identity);
    const aurelis_key key{one.key.data(), one.key.size(), one.hash, &subject};
    KeyOrder::Lane lane(order_);
    if (lane.try_enter(one.hash) && one.lookup.lease.valid())
        write_(context, key, one.found, one.lookup, one.layers);
}

}  // namespace aurelis::core
