// Announcement: writing and reading messages.
#include "announcement.hpp"

#include "jitter.hpp"

#include <cstring>

namespace aurelis::redis {

namespace {
constexpr std::string_view kMark = "aw1";
}

Sender draw_sender() noexcept {
    Sender made;
    for (size_t i = 0; i < made.size(); i += 8) {
        const uint64_t drawn = random_number();
        std::memcpy(made.data() + i, &drawn, 8);
    }
    return made;
}

void Announcement::add(char event, std::string_view key) {
    if (messages_.empty() || messages_.back().size() + 5 + key.size() > kMessageBytes) {
        messages_.emplace_back(kMark);
        messages_.back().append(sender_.data(), sender_.size());
    }
    std::string& message = messages_.back();
    message += event;
    for (int shift = 24; shift >= 0; shift -= 8) message += static_cast<char>(key.size() >> shift);
    message += key;
}

bool parse_announcement(std::string_view message, const Sender& own, AnnouncedChanges* out) {
    const size_t header = kMark.size() + own.size();
    if (message.size() < header || message.substr(0, kMark.size()) != kMark) return false;
    out->is_own = message.substr(kMark.size(), own.size()) == std::string_view(own.data(), own.size());
    message.remove_prefix(header);
    while (!message.empty()) {
        if (message.size() < 5 || (message[0] != 'c' && message[0] != 'r')) return false;
        size_t size = 0;
        for (size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(message[i]);
        if (size == 0 || size > message.size() - 5) return false;
        (message[0] == 'c' ? out->changed : out->removed).push_back(message.substr(5, size));
        message.remove_prefix(5 + size);
    }
    return true;
}

}  // namespace aurelis::redis
