// ReplyStream: reads RESP2 from a source of bytes, one small step after another, so that a value goes straight into the
// buffer in which the core gets it. What the other side claims is believed only within bounds: a line ends within the
// buffer, a size is at most kBulkBytesMost, a count at most kElementsMost. Anything unexpected is an error, after which
// the connection cannot be used any more. Leaves to others: what the answers mean.
#pragma once

#include "byte_source.hpp"
#include "reply.hpp"

#include <memory>
#include <string_view>

namespace aurelis::redis {

// The first line of an answer or of an element.
struct Head {
    enum class Kind { Status, Error, Integer, Bulk, Nil, Array };
    Kind kind = Kind::Nil;
    int64_t number = 0;     // Of Integer; the size of Bulk, the count of Array.
    std::string_view text;  // Of Status and Error; valid until the next read.
};

class ReplyStream {
public:
    static constexpr size_t kRoomBytes = 32 << 10;
    static constexpr int64_t kBulkBytesMost = (int64_t{512} << 20) + 64;
    static constexpr int64_t kElementsMost = 1 << 20;

    explicit ReplyStream(ByteSource& source);

    Result<Head> head(const Deadline& deadline);
    // Reads this many bytes of a Bulk. Read all of them, then call end_of_bulk().
    Result<void> body(char* into, size_t size, const Deadline& deadline);
    Result<void> skip(size_t size, const Deadline& deadline);
    Result<void> end_of_bulk(const Deadline& deadline);
    // One whole answer as a tree.
    Result<Reply> reply(const ReplyLimits& limits, const Deadline& deadline);

    // Whether everything that was received has been read.
    bool is_empty() const noexcept { return begin_ == end_; }
    // Space for bytes that arrive while a request is still being sent; none beyond a bound.
    char* spare(size_t* room);
    void filled(size_t size) noexcept { end_ += size; }
    // Frees space beyond the usual size. Only when empty.
    void shrink();

private:
    Result<void> more(const Deadline& deadline);

    ByteSource& source_;
    std::unique_ptr<char[]> room_;
    size_t capacity_ = kRoomBytes;
    size_t begin_ = 0;
    size_t end_ = 0;
};

}  // namespace aurelis::redis
