// ItemErrors: why items of one batch failed, a text each, in the order of the items. Empty, and without an allocation,
// while none has failed.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aurelis::core {

class ItemErrors {
public:
    struct One {
        size_t item;
        std::string text;
    };

    bool empty() const noexcept { return all_.empty(); }
    void clear() noexcept { all_.clear(); }
    // The last text of an item counts: later calls come from nearer to the caller.
    void put(size_t item, std::string text) {
        if (all_.empty() || all_.back().item < item) {
            all_.push_back({item, std::move(text)});
            return;
        }
        const size_t place = place_of(item);
        if (all_[place].item == item)
            all_[place].text = std::move(text);
        else
            all_.insert(all_.begin() + static_cast<std::ptrdiff_t>(place), {item, std::move(text)});
    }
    // NULL: the item has none.
    const std::string* of(size_t item) const noexcept {
        const size_t place = place_of(item);
        return place != all_.size() && all_[place].item == item ? &all_[place].text : nullptr;
    }
    // The text of the item, else the one that applies to all.
    const std::string& of(size_t item, const std::string& otherwise) const noexcept {
        const std::string* const own = of(item);
        return own != nullptr ? *own : otherwise;
    }
    // The text of the first item that has one. Must not be called while empty.
    const std::string& first() const noexcept { return all_.front().text; }

    auto begin() const noexcept { return all_.begin(); }
    auto end() const noexcept { return all_.end(); }

private:
    // The place of the item, or of the first one after it.
    size_t place_of(size_t item) const noexcept {
        const auto place = std::lower_bound(all_.begin(), all_.end(), item,
                                            [](const One& one, size_t wanted) { return one.item < wanted; });
        return static_cast<size_t>(place - all_.begin());
    }

    std::vector<One> all_;
};

}  // namespace aurelis::core
