#include "flow/waits.hpp"

#include "base/locks.hpp"
#include "config/values.hpp"
#include "flow/flights.hpp"

#include <unordered_map>
#include <vector>

namespace aurelis::core {
namespace {

constexpr size_t kNamedMax = 16;  // Of a longer ring only the first flights are named.

thread_local const Flight* innermost_led = nullptr;

struct Wait {
    const Flight* wanted;
    const Flight* innermost;  // Of those that the waiting thread leads.
};

struct Table {
    Mutex mutex;  // No other lock is taken while it is held.
    std::unordered_map<std::thread::id, Wait> waits AURELIS_GUARDED_BY(mutex);
};
Table& table() {
    static auto* const only = new Table;  // Threads may wait while statics are destroyed.
    return *only;
}

// The flights that a thread leads, from the one that others wait for down to the one in which the thread waits itself.
void append_led(const Flight* from, const Flight* outermost, std::vector<const Flight*>& ring) {
    const size_t begin = ring.size();
    for (const Flight* led = from; led != nullptr; led = led->outer()) {
        ring.insert(ring.begin() + static_cast<std::ptrdiff_t>(begin), led);
        if (led == outermost) return;
    }
}

std::string in_words(const std::vector<const Flight*>& ring) {
    std::string text;
    for (size_t i = 0; i < ring.size() && i < kNamedMax; ++i) text += printable(ring[i]->identity()) + " -> ";
    if (ring.size() > kNamedMax) text += "... -> ";
    return text + printable(ring.front()->identity());
}

}  // namespace

Waits::Leading::Leading(Flight& flight) noexcept : flight_(flight) {
    flight_.outer_ = innermost_led;
    innermost_led = &flight_;
}
Waits::Leading::~Leading() { innermost_led = flight_.outer_; }

const Flight* Waits::innermost() noexcept { return innermost_led; }

std::optional<std::string> Waits::begin(const Flight& wanted) {
    const std::thread::id self = std::this_thread::get_id();
    Table& all = table();
    MutexLock lock(all.mutex);
    std::vector<std::pair<const Flight*, const Flight*>>
        led_by;  // Each wanted flight, and the innermost flight of its leader.
    for (const Flight* next = &wanted; !next->landed();) {
        if (next->leader() == self) {
            std::vector<const Flight*> ring;
            append_led(innermost_led, next, ring);
            for (const auto& [flight, inside] : led_by) append_led(inside, flight, ring);
            return in_words(ring);
        }
        const auto leader = all.waits.find(next->leader());
        if (leader == all.waits.end()) break;
        led_by.emplace_back(next, leader->second.innermost);
        next = leader->second.wanted;
    }
    all.waits[self] = Wait{&wanted, innermost_led};
    return std::nullopt;
}

void Waits::end() noexcept {
    Table& all = table();
    MutexLock lock(all.mutex);
    all.waits.erase(std::this_thread::get_id());
}

}  // namespace aurelis::core
