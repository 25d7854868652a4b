// Finding where commands and replies end.
#include "support/redis/resp_framer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace aurelis::rig {

namespace {

constexpr int64_t kElementsMax = int64_t{1} << 24;

std::optional<int64_t> number(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string> inline_words(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : line) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            word += c;
        } else if (!word.empty()) {
            words.push_back(std::exchange(word, ""));
        }
    }
    if (!word.empty()) words.push_back(word);
    return words;
}

}  // namespace

std::optional<std::string> RespFramer::next() {
    while (!broken_ && elements_ > 0) {
        if (skip_ > 0) {
            const uint64_t taken = std::min<uint64_t>(skip_, buffer_.size() - at_);
            at_ += taken;
            skip_ -= taken;
            if (skip_ > 0) break;
            --elements_;
        } else if (!read_header()) {
            break;
        }
    }
    if (buffer_.size() > kFrameBytesMax && elements_ > 0) broken_ = true;
    if (broken_ || elements_ > 0) return std::nullopt;
    std::string frame = buffer_.substr(0, at_);
    buffer_.erase(0, at_);
    at_ = searched_ = 0;
    elements_ = 1;
    return frame;
}

bool RespFramer::read_header() {
    const size_t end = buffer_.find('\n', std::max(at_, searched_));
    if (end == std::string::npos) {
        searched_ = buffer_.size();
        broken_ = buffer_.size() - at_ > kLineBytesMax;
        return false;
    }
    std::string_view line = std::string_view(buffer_).substr(at_, end - at_);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const bool first = at_ == 0;
    broken_ = !read_header_line(line);
    if (broken_ && first && side_ == Side::Commands && (line.empty() || std::string_view("*$").find(line[0]) > 1)) {
        broken_ = false;
        elements_ = 0;
    }
    if (broken_) return false;
    at_ = searched_ = end + 1;
    return true;
}

bool RespFramer::read_header_line(std::string_view line) {
    if (line.empty()) return false;
    const std::string_view rest = line.substr(1);
    if (side_ == Side::Commands && line[0] != '*' && line[0] != '$') return false;
    switch (line[0]) {
        case '+':
        case '-':
        case ':':
        case '_':
        case '#':
        case ',':
        case '(': --elements_; return true;
        case '*':
        case '~':
        case '>': return add_elements(rest, 1, 1);
        case '%': return add_elements(rest, 2, 1);
        case '|': return add_elements(rest, 2, 0);  // An attribute comes before its reply and is none itself.
        case '$':
        case '=':
        case '!': return skip_bulk(rest);
        default: return false;
    }
}

bool RespFramer::add_elements(std::string_view count, int64_t per_entry, int64_t self) {
    const auto entries = number(count);
    if (!entries || *entries < -1 || *entries > kElementsMax) return false;
    elements_ += std::max<int64_t>(*entries, 0) * per_entry - self;
    return elements_ <= kElementsMax * 2;
}

bool RespFramer::skip_bulk(std::string_view count) {
    const auto size = number(count);
    if (!size || *size < -1 || *size > static_cast<int64_t>(kFrameBytesMax)) return false;
    if (*size < 0) {
        --elements_;
    } else {
        skip_ = static_cast<uint64_t>(*size) + 2;
    }
    return true;
}

std::string RespFramer::take_rest() {
    at_ = searched_ = 0;
    return std::exchange(buffer_, "");
}

std::vector<std::string> words_of(std::string_view frame) {
    if (frame.empty() || frame[0] != '*') return inline_words(frame);
    std::vector<std::string> words;
    size_t at = frame.find('\n') + 1;
    while (at != 0 && at < frame.size() && frame[at] == '$') {
        const size_t end = frame.find("\r\n", at);
        if (end == std::string_view::npos) break;
        const auto size = number(frame.substr(at + 1, end - at - 1));
        if (!size || *size < 0 || end + 2 + static_cast<size_t>(*size) > frame.size()) break;
        words.emplace_back(frame.substr(end + 2, static_cast<size_t>(*size)));
        at = end + 2 + static_cast<size_t>(*size) + 2;
    }
    return words;
}

}  // namespace aurelis::rig
