// Stack::Lane: a key's lane for as long as a write of the stack lasts. Private to the sources of Stack.
#pragma once

#include "stack/stack.hpp"

namespace aurelis::core {

// Holds the lane of a key; on leaving it does the removals that were left to its holder.
class Stack::Lane {
public:
    explicit Lane(Stack& stack) noexcept : stack_(stack) {}
    ~Lane() { leave(); }
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    bool enter(uint64_t hash, int64_t deadline_mono) {
        hash_ = hash;
        return stack_.lanes_.enter(hash, deadline_mono, pass_);
    }
    bool try_enter(uint64_t hash) {
        hash_ = hash;
        return stack_.lanes_.try_enter(hash, pass_);
    }

private:
    void leave() {
        while (pass_.held() && !stack_.lanes_.leave_unless_banned(pass_)) {
            for (const std::string& key : stack_.lanes_.bans_of(pass_)) {
                CallContext context;
                context.call.now_wall = stack_.runtime_.clock.wall();
                const aurelis_key gone{key.data(), key.size(), hash_, nullptr};
                stack_.leases_.revoke(hash_);
                stack_.remove_everywhere(context, gone, nullptr);
                stack_.leases_.revoke(hash_);
                stack_.lanes_.lift(hash_, key);
            }
        }
    }

    Stack& stack_;
    Lanes::Pass pass_;
    uint64_t hash_ = 0;
};

}  // namespace aurelis::core
