// OwnWrites: which versions this instance has written lately, so that it recognizes its own changes when the server's
// client tracking reports them. A table of fixed size; a forgotten write is taken for another process's, which costs a
// private copy and never a wrong answer.
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
    OwnWrites() : sets_(new Set[kSets]) {}

    // Call it before the write is sent: the report may come before the answer.
    void note(std::string_view key, uint64_t version) noexcept {
        Set& set = set_of(key);
        const size_t way = set.next.fetch_add(1, std::memory_order_relaxed) % kWays;
        set.versions[way].store(version, std::memory_order_relaxed);
    }
    bool is_own(std::string_view key, uint64_t version) const noexcept {
        for (const std::atomic<uint64_t>& one : set_of(key).versions) {
            if (version != 0 && one.load(std::memory_order_relaxed) == version) return true;
        }
        return false;
    }

private:
    static constexpr size_t kSets = 1 << 13;
    static constexpr size_t kWays = 7;
    // The latest versions of the keys that share this set; a version is random, so it identifies the key, too.
    struct Set {
        std::atomic<uint64_t> next{0};
        std::array<std::atomic<uint64_t>, kWays> versions{};
    };
    Set& set_of(std::string_view key) const noexcept { return sets_[std::hash<std::string_view>()(key) % kSets]; }

    std::unique_ptr<Set[]> sets_;
};

}  // namespace aurelis::redis
