// The steps of looking at keys: ReadSteps fetches values, LookSteps only the envelopes before them.
#pragma once

#include "exchange.hpp"
#include "values.hpp"

#include <aurelis/abi.h>

#include <vector>

namespace aurelis::redis {

// By MGET where one server holds all keys, else by one GET each. out[i] belongs to question i; its owner releases the
// values that are not wanted.
class ReadSteps final : public Steps {
public:
    ReadSteps(Context& context, bool by_slots, const View& view, aurelis_entry* out)
        : context_(context), by_slots_(by_slots), view_(view), out_(out) {}

    void ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) override;
    Result<void> read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) override;

private:
    bool as_one(std::span<const size_t> which) const noexcept { return !by_slots_ && which.size() > 1; }
    Result<void> read_one(Connection& connection, const Head& head, size_t index, Exchange& exchange);

    Context& context_;
    const bool by_slots_;
    const View view_;
    aurelis_entry* const out_;
};

// Which keys hold a live entry, and how large its value is.
class LookSteps final : public Steps {
public:
    struct Seen {
        bool live = false;
        uint64_t bytes = 0;
    };
    LookSteps(const Context& context, int64_t now_ms, bool sizes, std::vector<Seen>& out)
        : context_(context), now_ms_(now_ms), sizes_(sizes), out_(out) {}

    void ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) override;
    Result<void> read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) override;

private:
    const Context& context_;
    const int64_t now_ms_;
    const bool sizes_;
    std::vector<Seen>& out_;
};

// Removes the live entries among the keys; leaves tombstones, and what is not ours.
class ClearSteps final : public Steps {
public:
    ClearSteps(const Context& context, int64_t now_ms, uint64_t larger_than)
        : context_(context), now_ms_(now_ms), larger_than_(larger_than) {}

    void ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) override;
    Result<void> read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) override;

private:
    const Context& context_;
    const int64_t now_ms_;
    const uint64_t larger_than_;
};

}  // namespace aurelis::redis
