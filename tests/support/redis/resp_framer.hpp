// Cuts a stream of RESP bytes into whole commands or whole replies, without looking at what they mean. It copes with
// any nesting in constant space, because only the number of elements still to come matters. It is bounded: input that
// is not RESP, or too big to hold, makes it broken, and its bytes can be taken back unchanged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::rig {

class RespFramer {
public:
    // Only commands may be inline: plain words up to the end of the line.
    enum class Side { Commands, Replies };

    static constexpr size_t kFrameBytesMax = size_t{64} << 20;
    static constexpr size_t kLineBytesMax = size_t{64} << 10;

    explicit RespFramer(Side side) : side_(side) {}

    void feed(std::string_view bytes) { buffer_.append(bytes); }
    // The next whole frame; nothing if more bytes are needed or the stream is broken.
    std::optional<std::string> next();
    bool broken() const noexcept { return broken_; }
    // What has been fed but not returned as a frame.
    std::string take_rest();

private:
    bool read_header();
    bool read_header_line(std::string_view line);
    bool add_elements(std::string_view count, int64_t per_entry, int64_t self);
    bool skip_bulk(std::string_view count);

    const Side side_;
    std::string buffer_;
    size_t at_ = 0;        // Everything before it belongs to the current frame.
    size_t searched_ = 0;  // Up to here there is no end of line after at_.
    int64_t elements_ = 1;
    uint64_t skip_ = 0;  // Bytes of a bulk string, with its CRLF, that are still to come.
    bool broken_ = false;
};

// The words of a command's frame.
std::vector<std::string> words_of(std::string_view frame);

}  // namespace aurelis::rig
