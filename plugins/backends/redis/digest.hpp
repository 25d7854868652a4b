// A 64-bit digest for telling texts apart where nobody provokes collisions on purpose: FNV-1a (Fowler, Noll, Vo).
#pragma once

#include <cstdint>
#include <string_view>

namespace aurelis::redis {

inline uint64_t digest_of(std::string_view text) noexcept {
    uint64_t made = 14695981039346656037u;
    for (const char c : text) made = (made ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return made;
}

}  // namespace aurelis::redis
