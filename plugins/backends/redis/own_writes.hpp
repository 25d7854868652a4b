// OwnWrites: which versions this instance has written lately, so that it knows its own changes when the server's client
// tracking tells them back. A table of fixed size; what it has forgotten is taken for another's, which costs a private
// copy and never an answer.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace aurelis::redis {

class OwnWrites {
public:
    OwnWrites() : versions_(new std::atomic<uint64_t>[kSlots] {}) {}

    // Before the write is sent: its echo may come before its answer.
    void note(std::string_view key, uint64_t version) noexcept {
        versions_[slot(key)].store(version, std::memory_order_relaxed);
    }
    bool is_own(std::string_view key, uint64_t version) const noexcept {
        return version != 0 && versions_[slot(key)].load(std::memory_order_relaxed) == version;
    }

private:
    static constexpr size_t kSlots = 1 << 15;
    static size_t slot(std::string_view key) noexcept { return std::hash<std::string_view>()(key) % kSlots; }

    std::unique_ptr<std::atomic<uint64_t>[]> versions_;
};

}  // namespace aurelis::redis
