// Reference-counted heap buffers: what the core makes when bytes must be kept, and what buf_new gives to plugins.
#pragma once

#include <aurelis/base/bytes.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace aurelis::core {

// A new buffer of that size with one reference; writable until it is shared. Empty (ops NULL) if there is no memory.
aurelis_buf new_buffer(size_t size, void** writable) noexcept;
Pinned copy_buffer(std::string_view data) noexcept;
// One buffer holding several pieces in a row; offsets are the sizes added up.
Pinned join_buffer(std::initializer_list<std::string_view> pieces) noexcept;
// A buffer over bytes owned by someone else; calls `end`, which must not block or throw, on the last release.
Pinned wrap_buffer(std::string_view data, std::function<void()> end);
// The same bytes with one more reference if they are reference-counted already, else a copy.
Pinned keep_buffer(const aurelis_buf& buf) noexcept;

}  // namespace aurelis::core
