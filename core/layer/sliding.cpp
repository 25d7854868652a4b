#include "layer/sliding.hpp"

#include "validity/entry.hpp"

namespace aurelis::core {
namespace {

constexpr size_t kTimeBytes = 8;

int64_t time_in(std::string_view bytes) noexcept {
    if (bytes.size() != kTimeBytes) return 0;
    uint64_t value = 0;
    for (size_t i = kTimeBytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<int64_t>(value);
}

}  // namespace

std::string time_attr(int64_t ns) {
    std::string bytes(kTimeBytes, '\0');
    auto value = static_cast<uint64_t>(ns);
    for (char& byte : bytes) {
        byte = static_cast<char>(value & 0xff);
        value >>= 8;
    }
    return bytes;
}

int64_t idle_of(aurelis_bytes attrs) noexcept {
    for (aurelis_attr attr{}; aurelis_attr_next(attrs, &attr);)
        if (attr.kind == AURELIS_ATTR_IDLE) return time_in(view(attr.value));
    return 0;
}

std::string with_life_end(std::string_view attrs, int64_t end) {
    std::string all(attrs);
    append_attr(all, AURELIS_ATTR_LIFE_END, time_attr(end));
    return all;
}

void take_life_end(aurelis_bytes& attrs, int64_t& end) noexcept {
    size_t begin = 0;
    for (aurelis_attr attr{}; aurelis_attr_next(attrs, &attr); begin = attr.next_offset) {
        if (attr.kind != AURELIS_ATTR_LIFE_END) continue;
        end = time_in(view(attr.value));
        attrs.size = begin;
        return;
    }
}

}  // namespace aurelis::core
