// Reply: a whole answer as a tree, for the irregular ones (SCAN, CLUSTER SLOTS, messages). hiredis parses it; what it
// builds is bounded here, since its own objects are not. Leaves to others: values, which ReplyStream reads straight
// into their buffers.
#pragma once

#include <aurelis/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace aurelis::redis {

struct Reply {
    enum class Kind { Nil, Status, Error, Integer, Bulk, Array };
    Kind kind = Kind::Nil;
    int64_t number = 0;
    std::string text;
    std::vector<Reply> items;

    bool is(Kind wanted) const noexcept { return kind == wanted; }
    bool is_text() const noexcept { return kind == Kind::Bulk || kind == Kind::Status; }
};

struct ReplyLimits {
    size_t bytes = 1 << 20;     // Of the whole answer on the wire.
    size_t elements = 1 << 16;  // Of all arrays in it together.
};

// Takes pieces of one answer until it is whole.
class ReplyBuilder {
public:
    explicit ReplyBuilder(const ReplyLimits& limits);
    ~ReplyBuilder();
    ReplyBuilder(const ReplyBuilder&) = delete;
    ReplyBuilder& operator=(const ReplyBuilder&) = delete;

    // Returns how many of the bytes belong to the answer; is_whole() says whether it ended there.
    Result<size_t> feed(std::string_view bytes);
    bool is_whole() const noexcept { return whole_; }
    Reply take() { return std::move(root_); }

private:
    friend struct ReplyMakers;
    Reply* place(const void* parent, int index) noexcept;

    const ReplyLimits limits_;
    Reply root_;
    redisReader* reader_;
    size_t fed_ = 0;
    size_t elements_ = 0;
    bool whole_ = false;
};

}  // namespace aurelis::redis
