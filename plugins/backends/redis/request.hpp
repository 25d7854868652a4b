// Request: one or more commands as RESP, ready to be sent. Small words are copied, large ones only pointed to: they
// must stay until the request is sent.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::redis {

class Request {
public:
    void begin(size_t words) { line('*', words); }
    void word(std::string_view bytes) {
        line('$', bytes.size());
        add(bytes);
        text_.append("\r\n", 2);
    }
    // One word made of two parts.
    void word(std::string_view head, std::string_view tail) {
        line('$', head.size() + tail.size());
        add(head);
        add(tail);
        text_.append("\r\n", 2);
    }
    // For bytes that do not live until the request is sent; copied whatever their size.
    void copied_word(std::string_view bytes) {
        line('$', bytes.size());
        text_.append(bytes);
        text_.append("\r\n", 2);
    }
    void number(int64_t value) {
        char digits[24];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
        static_cast<void>(error);
        word({digits, static_cast<size_t>(end - digits)});
    }
    template <typename... Words>
    void command(const Words&... words) {
        begin(sizeof...(words));
        (word(words), ...);
    }

    void clear() {
        if (text_.capacity() > kKeptBytes) text_ = {};
        text_.clear();
        large_.clear();
    }
    // Calls take(bytes), which returns a Result<void>, for each run of bytes in turn.
    template <typename Take>
    auto each_run(Take&& take) const -> decltype(take(std::string_view())) {
        size_t from = 0;
        for (const Large& one : large_) {
            if (auto taken = take(std::string_view(text_).substr(from, one.at - from)); !taken) return taken;
            if (auto taken = take(one.bytes); !taken) return taken;
            from = one.at;
        }
        return take(std::string_view(text_).substr(from));
    }

private:
    static constexpr size_t kLargeBytes = 64 << 10;
    static constexpr size_t kKeptBytes = 1 << 20;
    struct Large {
        size_t at;  // Where in text_ it belongs.
        std::string_view bytes;
    };

    void line(char mark, size_t number) {
        char digits[24];
        digits[0] = mark;
        const auto [end, error] = std::to_chars(digits + 1, digits + 22, number);
        static_cast<void>(error);
        end[0] = '\r';
        end[1] = '\n';
        text_.append(digits, static_cast<size_t>(end - digits) + 2);
    }
    void add(std::string_view bytes) {
        if (bytes.size() > kLargeBytes)
            large_.push_back({text_.size(), bytes});
        else
            text_.append(bytes);
    }

    std::string text_;
    std::vector<Large> large_;
};

}  // namespace aurelis::redis
