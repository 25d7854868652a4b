// Answer: what a look-up returns. Leaves to others: asking (category.hpp), decoding (codec.hpp).
#pragma once

#include <aurelis/host/codec.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aurelis {

// A hit, a stale value or a miss. Holds the pinned bytes and their origin and times. Move-only; share() makes
// another handle to the same bytes. Must not outlive its Cache.
class Answer {
public:
    Answer() = default;
    // Takes over the reference that raw holds.
    explicit Answer(const aurelis_answer& raw) noexcept : raw_(raw) {}
    Answer(Answer&& other) noexcept : raw_(std::exchange(other.raw_, nothing())) {}
    Answer& operator=(Answer&& other) noexcept {
        if (this != &other) {
            aurelis_answer_release(&raw_);
            raw_ = std::exchange(other.raw_, nothing());
        }
        return *this;
    }
    ~Answer() { aurelis_answer_release(&raw_); }

    aurelis_status status() const noexcept { return raw_.status; }
    bool hit() const noexcept { return raw_.status == AURELIS_OK; }
    bool stale() const noexcept { return raw_.status == AURELIS_STALE; }
    bool found() const noexcept { return hit() || stale(); }

    std::string_view bytes() const noexcept { return view(raw_.value); }
    uint32_t layer() const noexcept { return raw_.layer; }  // 1 = highest; 0: computed just now.
    uint16_t app_flags() const noexcept { return static_cast<uint16_t>(raw_.flags >> 16); }
    uint32_t cost() const noexcept { return raw_.cost; }  // Microseconds that it took to compute; 0: unknown.
    uint64_t version() const noexcept { return raw_.version; }
    // Nanoseconds since the Unix epoch. stale 0: fresh until it expires; expires 0: never.
    int64_t created_wall() const noexcept { return raw_.created_wall; }
    int64_t stale_wall() const noexcept { return raw_.stale_wall; }
    int64_t expires_wall() const noexcept { return raw_.expires_wall; }
    // Including those of the category and of a computation; the views live as long as the answer.
    std::vector<std::string_view> tags() const {
        std::vector<std::string_view> tags;
        for (aurelis_attr attr{}; aurelis_attr_next(raw_.attrs, &attr) != 0;)
            if (attr.kind == AURELIS_ATTR_TAG) tags.push_back(view(attr.value));
        return tags;
    }
    // What the origin calls this version of the value; empty: it was stored without one. Lives as long as the answer.
    std::string_view etag() const noexcept { return view(aurelis_answer_etag(&raw_)); }
    // A miss because a computation has said that there is no value; until expires_wall() that is remembered.
    bool negative() const noexcept { return !found() && (raw_.flags & AURELIS_ENTRY_NEGATIVE) != 0; }
    // The default value of the call, since the load failed.
    bool is_default() const noexcept { return found() && (raw_.flags & AURELIS_ANSWER_DEFAULT) != 0; }
    // The value; an error if the codec refuses it, or if there is none.
    template <typename T>
    Result<T> as() const {
        if (!found()) return fail(AURELIS_E_INVALID, "a miss has no value; check found() first");
        return detail::guarded([&]() -> Result<T> { return Codec<T>::decode(bytes()); });
    }

    const aurelis_answer& raw() const noexcept { return raw_; }
    Answer share() const noexcept { return Answer(aurelis_answer_share(&raw_)); }

private:
    static aurelis_answer nothing() noexcept {
        aurelis_answer none{};
        none.status = AURELIS_NOT_FOUND;
        return none;
    }
    aurelis_answer raw_ = nothing();
};

}  // namespace aurelis
