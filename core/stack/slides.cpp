#include "stack/slides.hpp"

#include <memory>
#include <string>

namespace aurelis::core {

struct Slides::Waiting {
    Slides& slides;
    std::string key;
    std::string identity;
    uint64_t hash;
    int64_t used_wall;
};

bool Slides::is_due(uint64_t hash, int64_t idle_ns) noexcept {
    const auto now = static_cast<uint32_t>(runtime_.clock.mono() / 1'000'000);
    const int64_t quarter_ms = idle_ns / 4'000'000;
    std::atomic<uint64_t>& slot = slots_[hash % kSlots];
    uint64_t before = slot.load(std::memory_order_relaxed);
    const uint64_t after = (hash & ~uint64_t{0xffffffff}) | now;
    // Times wrap around after 49 days; then an entry may slide late once.
    const bool is_known = before != 0 && (before ^ after) >> 32 == 0;
    if (is_known && static_cast<uint32_t>(now - static_cast<uint32_t>(before)) < quarter_ms) return false;
    return slot.compare_exchange_strong(before, after, std::memory_order_relaxed);
}

void Slides::used(CallContext& context, const aurelis_key& key, int64_t idle_ns) {
    if (idle_ns <= 0 || !is_due(key.hash, idle_ns)) return;
    {
        KeyOrder::Lane lane(order_);
        if (!lane.try_enter(key.hash)) return forget(key.hash);  // A write is under way; the next use slides.
        slide_(context, key, Where::AtOnce);
    }
    if (!any_behind_) return;
    if (waiting_.fetch_add(1, std::memory_order_relaxed) >= kWaitingMax) {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return forget(key.hash);
    }
    auto* later = new Waiting{*this, std::string(text_of(key)), {}, key.hash, context.call.now_wall};
    if (key.subject != nullptr) later->identity = view(key.subject->identity);
    if (runtime_.tasks.submit(owner_, &Slides::run, later, 0, nullptr) != AURELIS_OK) run(later, 1);
}

void Slides::run(void* waiting, uint32_t cancelled) noexcept {
    const std::unique_ptr<Waiting> one(static_cast<Waiting*>(waiting));
    Slides& self = one->slides;
    self.waiting_.fetch_sub(1, std::memory_order_relaxed);
    if (cancelled != 0) return;
    CallContext context;
    context.call.flags = AURELIS_CALL_BACKGROUND;
    context.call.now_wall = one->used_wall;
    aurelis_subject subject{};
    subject.struct_size = sizeof subject;
    subject.identity = bytes(one->identity);
    const aurelis_key key{one->key.data(), one->key.size(), one->hash, &subject};
    KeyOrder::Lane lane(self.order_);
    if (!lane.try_enter(one->hash)) return self.forget(one->hash);
    try {
        self.slide_(context, key, Where::Behind);
    } catch (...) {  // It ends earlier.
    }
}

}  // namespace aurelis::core
