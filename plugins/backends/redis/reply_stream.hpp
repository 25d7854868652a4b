// ReplyStream: reads RESP2 from a source of bytes, one small step after another, so that a value goes straight into the
// buffer in which the core gets it. Nothing that the other side claims is believed beyond its bounds: a line ends
// within the room, a size within kBulkBytesMost, a count within kElementsMost. Any surprise is an error, after which
// the connection is of no more use. Leaves to others: what the answers mean.
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
    std::string_view text;  // Of Status and Error; until the stream is asked again.
};

class ReplyStream {
public:
    static constexpr size_t kRoomBytes = 32 << 10;
    static constexpr int64_t kBulkBytesMost = (int64_t{512} << 20) + 64;
    static constexpr int64_t kElementsMost = 1 << 20;

    explicit ReplyStream(ByteSource& source);

    Result<Head> head(const Deadline& deadline);
    // Of a Bulk: so many of its bytes. All of them, then end_of_bulk().
    Result<void> body(char* into, size_t size, const Deadline& deadline);
    Result<void> skip(size_t size, const Deadline& deadline);
    Result<void> end_of_bulk(const Deadline& deadline);
    // One whole answer as a tree.
    Result<Reply> reply(const ReplyLimits& limits, const Deadline& deadline);

    // Whether all that has come has been read.
    bool is_empty() const noexcept { return begin_ == end_; }
    // Room for bytes that come while a request is still being sent; none beyond a bound.
    char* spare(size_t* room);
    void filled(size_t size) noexcept { end_ += size; }
    // Gives back room beyond the usual. Only when empty.
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
