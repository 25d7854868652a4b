// ReplyStream: lines, bodies and whole answers.
#include "reply_stream.hpp"

#include <algorithm>
#include <cstring>

namespace aurelis::redis {

namespace {

constexpr size_t kCapacityMost = 16 << 20;

Error no_protocol(const char* what) {
    return fail(AURELIS_E_UNAVAILABLE, std::string("the server's answer is not Redis protocol: ") + what);
}

bool whole_number(std::string_view text, int64_t& out) noexcept {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > 18) return false;
    int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + (c - '0');
    }
    out = negative ? -value : value;
    return true;
}

Result<Head> head_of(std::string_view line) {
    Head head;
    const std::string_view rest = line.substr(1);
    switch (line.front()) {
        case '+': head.kind = Head::Kind::Status, head.text = rest; return head;
        case '-': head.kind = Head::Kind::Error, head.text = rest; return head;
        case ':': head.kind = Head::Kind::Integer; break;
        case '$': head.kind = Head::Kind::Bulk; break;
        case '*': head.kind = Head::Kind::Array; break;
        default: return no_protocol("a line does not begin with a known mark");
    }
    if (!whole_number(rest, head.number)) return no_protocol("a number is malformed");
    if (head.kind == Head::Kind::Integer) return head;
    const bool bulk = head.kind == Head::Kind::Bulk;
    if (head.number == -1) {
        head.kind = Head::Kind::Nil;
        return head;
    }
    if (head.number < 0 || head.number > (bulk ? ReplyStream::kBulkBytesMost : ReplyStream::kElementsMost))
        return no_protocol("a size is out of bounds");
    return head;
}

}  // namespace

ReplyStream::ReplyStream(ByteSource& source) : source_(source), room_(new char[kRoomBytes]) {}

Result<void> ReplyStream::more(const Deadline& deadline) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == capacity_ && begin_ != 0) {
        std::memmove(room_.get(), room_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == capacity_) return no_protocol("a line has no end");
    AURELIS_TRY(got, source_.receive(room_.get() + end_, capacity_ - end_, deadline));
    end_ += got;
    return {};
}

Result<Head> ReplyStream::head(const Deadline& deadline) {
    size_t looked_at = 0;
    for (;;) {
        const char* from = room_.get() + begin_;
        const size_t size = end_ - begin_;
        const void* found = size > looked_at ? std::memchr(from + looked_at, '\n', size - looked_at) : nullptr;
        if (found != nullptr) {
            const auto length = static_cast<size_t>(static_cast<const char*>(found) - from);
            begin_ += length + 1;
            if (length < 2 || from[length - 1] != '\r') return no_protocol("a line ends without CRLF");
            return head_of({from, length - 1});
        }
        looked_at = size;
        AURELIS_TRY_VOID(more(deadline));
    }
}

Result<void> ReplyStream::body(char* into, size_t size, const Deadline& deadline) {
    const size_t here = std::min(size, end_ - begin_);
    if (here != 0) std::memcpy(into, room_.get() + begin_, here);
    begin_ += here;
    for (size_t done = here; done < size;) {
        const size_t left = size - done;
        // Small bodies are read through the buffer, together with what follows them.
        if (left < kRoomBytes / 2) {
            AURELIS_TRY_VOID(more(deadline));
            return body(into + done, left, deadline);
        }
        AURELIS_TRY(got, source_.receive(into + done, left, deadline));
        done += got;
    }
    return {};
}

Result<void> ReplyStream::skip(size_t size, const Deadline& deadline) {
    for (;;) {
        const size_t here = std::min(size, end_ - begin_);
        begin_ += here;
        size -= here;
        if (size == 0) return {};
        AURELIS_TRY_VOID(more(deadline));
    }
}

Result<void> ReplyStream::end_of_bulk(const Deadline& deadline) {
    while (end_ - begin_ < 2) AURELIS_TRY_VOID(more(deadline));
    if (room_[begin_] != '\r' || room_[begin_ + 1] != '\n') return no_protocol("a value is longer than it said");
    begin_ += 2;
    return {};
}

Result<Reply> ReplyStream::reply(const ReplyLimits& limits, const Deadline& deadline) {
    ReplyBuilder builder(limits);
    for (;;) {
        if (is_empty()) AURELIS_TRY_VOID(more(deadline));
        AURELIS_TRY(used, builder.feed({room_.get() + begin_, end_ - begin_}));
        begin_ += used;
        if (builder.is_whole()) return builder.take();
    }
}

char* ReplyStream::spare(size_t* room) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ == capacity_ && capacity_ < kCapacityMost) {
        std::unique_ptr<char[]> larger(new char[capacity_ * 2]);
        std::memcpy(larger.get(), room_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        room_ = std::move(larger);
        capacity_ *= 2;
    }
    *room = capacity_ - end_;
    return room_.get() + end_;
}

void ReplyStream::shrink() {
    if (capacity_ == kRoomBytes || !is_empty()) return;
    room_.reset(new char[kRoomBytes]);
    capacity_ = kRoomBytes;
    begin_ = end_ = 0;
}

}  // namespace aurelis::redis
