// Announcement: the messages by which processes tell each other which keys they have changed. A message contains only
// key bytes, of one or more keys, and the sender's number, so that a sender ignores its own messages. Stamps are
// entries, so an invalidation by a stamp is announced like any key.
//
//     "aw1"  sender (16 bytes)  { 'c' changed or 'r' removed, size (4 bytes, big endian), key } ...
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::redis {

using Sender = std::array<char, 16>;
Sender draw_sender() noexcept;

class Announcement {
public:
    explicit Announcement(const Sender& sender) : sender_(sender) {}

    // event: 'c' or 'r'.
    void add(char event, std::string_view key);
    const std::vector<std::string>& messages() const noexcept { return messages_; }

private:
    static constexpr size_t kMessageBytes = 64 << 10;  // A single key may be longer.
    const Sender& sender_;
    std::vector<std::string> messages_;
};

struct AnnouncedChanges {
    bool is_own = false;
    std::vector<std::string_view> changed;  // Views into the message.
    std::vector<std::string_view> removed;
};
// False if the message is not one of ours; what was understood before the damage stays in *out.
bool parse_announcement(std::string_view message, const Sender& own, AnnouncedChanges* out);

}  // namespace aurelis::redis
