// Style: how the writer of a JSON text laid it out, as far as decode_text gives it back, and the two bytes that record
// it before the MessagePack. Leaves to others: finding it (encoder.cpp), writing in it (decoder.cpp).
#pragma once

#include <cstddef>
#include <cstdint>

namespace aurelis::msgpack {

// What is between tokens.
enum class Layout : uint8_t {
    Compact,    // [1,{"a":2}]
    Spaced,     // [1, {"a": 2}]
    Indented2,  // Each member on a line of its own, two spaces for each level; "a": 2; [] and {} if there are no
                // members.
    Indented4,  // The same with four.
};

inline bool is_indented(Layout layout) noexcept { return layout >= Layout::Indented2; }
inline size_t spaces_per_level(Layout layout) noexcept {
    return layout == Layout::Indented2 ? 2 : layout == Layout::Indented4 ? 4 : 0;
}

struct Style {
    Layout layout = Layout::Compact;
    bool ascii = false;    // DEL and all characters beyond ASCII are escaped, none otherwise.
    bool newline = false;  // After the value.

    uint8_t to_byte() const noexcept {
        return static_cast<uint8_t>(static_cast<uint8_t>(layout) | (ascii ? kAscii : 0) | (newline ? kNewline : 0));
    }
    static bool is_style(uint8_t byte) noexcept { return byte != 0 && byte <= (kLayout | kAscii | kNewline); }
    static Style of(uint8_t byte) noexcept {
        return {static_cast<Layout>(byte & kLayout), (byte & kAscii) != 0, (byte & kNewline) != 0};
    }

private:
    static constexpr uint8_t kLayout = 3, kAscii = 4, kNewline = 8;
};

// The mark and the style. No MessagePack begins with the mark: it is the only first byte that the specification never
// uses.
inline constexpr uint8_t kStyleMark = 0xc1;
inline constexpr size_t kStyleBytes = 2;

}  // namespace aurelis::msgpack
