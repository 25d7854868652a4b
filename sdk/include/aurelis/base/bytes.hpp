// Views between aurelis_bytes and std::string_view, and Pinned, the owner of one reference to an aurelis_buf.
#pragma once

#include <aurelis/types.h>

#include <string_view>
#include <utility>

namespace aurelis {

inline std::string_view view(const aurelis_bytes& bytes) noexcept {
    return {static_cast<const char*>(bytes.data), bytes.size};
}
inline std::string_view view(const aurelis_buf& buf) noexcept {
    return {static_cast<const char*>(buf.data), buf.size};
}
inline aurelis_bytes bytes(std::string_view text) noexcept { return {text.data(), text.size()}; }
// A buffer that is merely borrowed: the receiver copies what it keeps.
inline aurelis_buf borrowed(std::string_view text) noexcept { return {text.data(), text.size(), nullptr, nullptr}; }

// Owns one reference. Move-only; share() makes a copy explicitly.
class Pinned {
public:
    Pinned() = default;
    explicit Pinned(aurelis_buf owned) noexcept : buf_(owned) {}
    Pinned(Pinned&& other) noexcept : buf_(std::exchange(other.buf_, aurelis_buf{})) {}
    Pinned& operator=(Pinned&& other) noexcept {
        if (this != &other) {
            aurelis_buf_release(&buf_);
            buf_ = std::exchange(other.buf_, aurelis_buf{});
        }
        return *this;
    }
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    ~Pinned() { aurelis_buf_release(&buf_); }

    Pinned share() const noexcept { return Pinned(aurelis_buf_share(&buf_)); }
    aurelis_buf give() noexcept { return std::exchange(buf_, aurelis_buf{}); }
    const aurelis_buf& raw() const noexcept { return buf_; }
    std::string_view view() const noexcept { return aurelis::view(buf_); }
    size_t size() const noexcept { return buf_.size; }

private:
    aurelis_buf buf_{};
};

}  // namespace aurelis
