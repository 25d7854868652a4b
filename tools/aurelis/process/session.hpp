// An open cache and the C door's errors and buffers as C++ values: what every command that touches a cache
// begins with. Leaves to others: what is asked of it.
#pragma once

#include <aurelis/aurelis.h>
#include <aurelis/base/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aurelis::host {

inline aurelis_bytes bytes_of(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view view_of(const aurelis_bytes& bytes) noexcept {
    return {static_cast<const char*>(bytes.data), bytes.size};
}
inline std::string_view view_of(const aurelis_buf& buf) noexcept {
    return {static_cast<const char*>(buf.data), buf.size};
}

// Takes over an error of the C door. `what` is said where it has no text.
Error error_of(aurelis_status status, aurelis_error* error, std::string_view what);

// The text in a buffer of the C door, which is released.
std::string take_text(aurelis_buf& buf);

// An answer whose value is released at the end of its life.
class Answer {
public:
    Answer() = default;
    ~Answer() { aurelis_answer_release(&raw_); }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    aurelis_answer* out() noexcept { return &raw_; }
    const aurelis_answer* operator->() const noexcept { return &raw_; }
    std::string_view value() const noexcept { return view_of(raw_.value); }

private:
    aurelis_answer raw_{};
};

// Where the configuration comes from, in words that live as long as the call they are given to.
struct ConfigSource {
    std::string file;         // Empty: the usual places.
    std::string text;         // YAML instead of a file.
    std::string name_space;   // Empty: as configured.
    std::string data_folder;  // Empty: as configured.

    aurelis_open_options options() const noexcept;
};

class Session {
public:
    static Result<Session> open(const ConfigSource& source);

    aurelis_cache* cache() const noexcept { return cache_.get(); }
    // Flushes and closes; says what could not be flushed. Without it the end of the session closes and says
    // nothing.
    Result<void> close();

    Result<const aurelis_category*> category(std::string_view name) const;
    std::vector<std::string> layer_names() const;
    // "" for 0 (computed) and for layers that are not there.
    std::string layer_name(uint32_t layer) const;
    // The mask that leaves out all layers but this one; an error that names the known ones. Empty: no layer
    // is left out.
    Result<uint64_t> all_layers_but(const std::string& name) const;
    Result<std::string> stats() const;

private:
    struct Close {
        void operator()(aurelis_cache* cache) const noexcept { aurelis_close(cache, 0, nullptr); }
    };
    explicit Session(aurelis_cache* cache) : cache_(cache) {}

    std::unique_ptr<aurelis_cache, Close> cache_;
};

}  // namespace aurelis::host
