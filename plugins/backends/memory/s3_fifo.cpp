// The moves between the queues.
#include "s3_fifo.hpp"

#include "table.hpp"

#include <algorithm>

namespace aurelis::memory {

Home S3Fifo::home_for(const Node& node) noexcept {
    if (!ghost_.recall(tag_of(node.hash))) return Home::Small;
    ++ghost_hits_;
    return Home::Main;
}

Node* S3Fifo::victim(int64_t now, bool by_bytes) noexcept {
    for (int chances = 0;; ++chances) {
        const bool from_small = small_.count != 0 && (main_.count == 0 || small_is_over(by_bytes));
        Node* oldest = from_small ? small_.oldest : main_.oldest;
        if (oldest == nullptr) return nullptr;
        // The bound keeps the lock short if everything is hot: then the oldest is evicted after all.
        if (oldest->expired(now) || chances == kSecondChancesMax) return oldest;
        if (from_small) {
            if (oldest->uses < kUsesToStay) {
                ghost_.remember(tag_of(oldest->hash));
                return oldest;
            }
            oldest->uses = 0;
            ++promotions_;
        } else {
            if (oldest->uses == 0) return oldest;
            --oldest->uses;
        }
        unlink(oldest);
        link(oldest, Home::Main);
    }
}

bool S3Fifo::small_is_over(bool by_bytes) const noexcept {
    if (by_bytes) return small_.bytes * kSmallShare > small_.bytes + main_.bytes;
    return small_.count > std::max<uint64_t>(1, (small_.count + main_.count) / kSmallShare);
}

void S3Fifo::link(Node* node, Home home) noexcept {
    Queue& queue = queue_of(home);
    node->home = home;
    node->newer = nullptr;
    node->older = queue.newest;
    (queue.newest != nullptr ? queue.newest->newer : queue.oldest) = node;
    queue.newest = node;
    ++queue.count;
    queue.bytes += charge_of(node);
}

void S3Fifo::unlink(Node* node) noexcept {
    Queue& queue = queue_of(node->home);
    (node->newer != nullptr ? node->newer->older : queue.newest) = node->older;
    (node->older != nullptr ? node->older->newer : queue.oldest) = node->newer;
    node->home = Home::None;
    --queue.count;
    queue.bytes -= charge_of(node);
}

}  // namespace aurelis::memory
