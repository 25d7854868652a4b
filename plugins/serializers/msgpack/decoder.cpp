// The walk over MessagePack: from value to value, with a list of how much is left of each open container.
#include "decoder.hpp"

#include "double_text.hpp"
#include "format.hpp"
#include "numbers.hpp"
#include "place.hpp"
#include "strings.hpp"
#include "style.hpp"

#include <charconv>
#include <cmath>
#include <type_traits>

namespace aurelis::msgpack {

namespace {

// The plain variant does not check for a style, since most texts have none.
template <bool kPlain>
class Decoder {
public:
    Decoder(Style style, const char* end, char* room_end) noexcept : style_(style), end_(end), room_end_(room_end) {}
    Place run(Place at) noexcept;

private:
    struct Container {
        uint32_t members_left;
        char before_next;  // The opening bracket, later the comma.
        bool map;
    };

    Place value(Place at) noexcept;
    Place wide_value(Place at, uint8_t first) noexcept;
    Place next_member(Place at) noexcept;
    Place key(Place at) noexcept;
    Place open(Place at, bool map, uint32_t members) noexcept;
    Place text(Place at, std::string_view written) const noexcept;
    Place character(Place at, char c) const noexcept;
    Place line(Place at, size_t depth) const noexcept;
    Place string(Place at, size_t size) noexcept {
        if (!has(at, size)) return kRefused;
        const Place next = decode_short_string(at, size, end_, room_end_);
        return next.failed() ? any_string(at, size) : next;
    }
    Place any_string(Place at, size_t size) noexcept;
    template <typename Number>
    Place integer(Place at, Number number) const noexcept;
    Place real(Place at, double number) const noexcept;
    Place float32(Place at) const noexcept;
    Place float64(Place at) const noexcept;
    // The number at at.in, whose bytes are all there; refused below `least`, since a shorter form would have sufficed.
    template <typename Unsigned>
    Place unsigned_integer(Place at, uint64_t least) const noexcept;
    template <typename Signed>
    Place negative_integer(Place at, int64_t most) const noexcept;
    template <typename Unsigned>
    Place wide_string(Place at, size_t least) noexcept;
    template <typename Unsigned>
    Place wide_container(Place at, bool map, uint32_t least) noexcept;

    bool has(Place at, size_t bytes) const noexcept { return static_cast<size_t>(end_ - at.in) >= bytes; }
    size_t room(Place at) const noexcept { return static_cast<size_t>(room_end_ - at.out); }

    bool indents() const noexcept { return !kPlain && is_indented(style_.layout); }
    bool shows_style() const noexcept;

    const Style style_;
    const char* end_;
    char* room_end_;
    bool escaped_ = false;  // Anything that not all styles escape.
    bool spaced_ = false;
    bool indented_ = false;
    size_t depth_ = 0;
    Container open_[kDepthMax];  // The first depth_ are set.
};

template <bool kPlain>
Place Decoder<kPlain>::run(Place at) noexcept {
    at = value(at);
    while (depth_ > 0 && !at.failed()) at = next_member(at);
    if (!at.failed() && at.in != end_) return kRefused;
    if (kPlain || at.failed()) return at;
    if (!shows_style()) return kRefused;
    return style_.newline ? character(at, '\n') : at;
}

// Otherwise encode_text would have chosen another one.
template <bool kPlain>
bool Decoder<kPlain>::shows_style() const noexcept {
    if (style_.ascii && !escaped_) return false;
    return style_.layout == Layout::Compact || (is_indented(style_.layout) ? indented_ : spaced_);
}

template <bool kPlain>
Place Decoder<kPlain>::next_member(Place at) noexcept {
    Container& container = open_[depth_ - 1];
    if (container.members_left == 0) {
        --depth_;
        if (indents()) at = line(at, depth_);
        return at.failed() ? at : character(at, container.map ? '}' : ']');
    }
    --container.members_left;
    const bool behind_comma = container.before_next == ',';
    if (!kPlain && behind_comma && style_.layout == Layout::Spaced)
        at = text(at, ", ");
    else
        at = character(at, container.before_next);
    container.before_next = ',';
    if (indents() && !at.failed()) at = line(at, depth_);
    if (container.map && !at.failed()) at = key(at);
    return at.failed() ? at : value(at);
}

// With the colon.
template <bool kPlain>
Place Decoder<kPlain>::key(Place at) noexcept {
    if (at.in == end_) return kRefused;
    const auto first = static_cast<uint8_t>(*at.in++);
    if ((first & 0xe0) == first_byte::kFixString)
        at = string(at, first & 0x1f);
    else if (first == first_byte::kString8)
        at = wide_string<uint8_t>(at, 32);
    else if (first == first_byte::kString16)
        at = wide_string<uint16_t>(at, UINT8_MAX + 1);
    else if (first == first_byte::kString32)
        at = wide_string<uint32_t>(at, UINT16_MAX + 1);
    else
        return kRefused;
    if (at.failed()) return at;
    return kPlain || style_.layout == Layout::Compact ? character(at, ':') : text(at, ": ");
}

template <bool kPlain>
Place Decoder<kPlain>::value(Place at) noexcept {
    if (at.in == end_) return kRefused;
    const auto first = static_cast<uint8_t>(*at.in++);
    if (first < first_byte::kFixMap) return integer(at, uint32_t{first});
    if (first < first_byte::kFixArray) return open(at, true, first & 0x0f);
    if (first < first_byte::kFixString) return open(at, false, first & 0x0f);
    if (first < first_byte::kNil) return string(at, first & 0x1f);
    if (first >= first_byte::kNegativeFixInt) return integer(at, int32_t{static_cast<int8_t>(first)});
    return wide_value(at, first);
}

template <bool kPlain>
Place Decoder<kPlain>::wide_value(Place at, uint8_t first) noexcept {
    switch (first) {
        case first_byte::kNil: return text(at, "null");
        case first_byte::kFalse: return text(at, "false");
        case first_byte::kTrue: return text(at, "true");
        case first_byte::kFloat32: return float32(at);
        case first_byte::kFloat64: return float64(at);
        case first_byte::kUint8: return unsigned_integer<uint8_t>(at, 0x80);
        case first_byte::kUint16: return unsigned_integer<uint16_t>(at, UINT8_MAX + 1);
        case first_byte::kUint32: return unsigned_integer<uint32_t>(at, UINT16_MAX + 1);
        case first_byte::kUint64: return unsigned_integer<uint64_t>(at, uint64_t{UINT32_MAX} + 1);
        case first_byte::kInt8: return negative_integer<int8_t>(at, -33);
        case first_byte::kInt16: return negative_integer<int16_t>(at, INT8_MIN - 1);
        case first_byte::kInt32: return negative_integer<int32_t>(at, INT16_MIN - 1);
        case first_byte::kInt64: return negative_integer<int64_t>(at, int64_t{INT32_MIN} - 1);
        case first_byte::kString8: return wide_string<uint8_t>(at, 32);
        case first_byte::kString16: return wide_string<uint16_t>(at, UINT8_MAX + 1);
        case first_byte::kString32: return wide_string<uint32_t>(at, UINT16_MAX + 1);
        case first_byte::kArray16: return wide_container<uint16_t>(at, false, 16);
        case first_byte::kArray32: return wide_container<uint32_t>(at, false, UINT16_MAX + 1);
        case first_byte::kMap16: return wide_container<uint16_t>(at, true, 16);
        case first_byte::kMap32: return wide_container<uint32_t>(at, true, UINT16_MAX + 1);
        default: return kRefused;
    }
}

template <bool kPlain>
Place Decoder<kPlain>::open(Place at, bool map, uint32_t members) noexcept {
    // A member takes at least one byte, a pair two.
    const size_t bytes_least = map ? size_t{members} * 2 : members;
    if (depth_ == kDepthMax || !has(at, bytes_least)) return kRefused;
    if (members == 0) return text(at, map ? "{}" : "[]");
    if (!kPlain) {
        spaced_ |= map || members > 1;
        indented_ = true;
    }
    open_[depth_++] = {members, map ? '{' : '[', map};
    return at;
}

template <bool kPlain>
Place Decoder<kPlain>::text(Place at, std::string_view written) const noexcept {
    if (room(at) < written.size()) return no_room(at.out);
    std::memcpy(at.out, written.data(), written.size());
    return {at.in, at.out + written.size()};
}

template <bool kPlain>
Place Decoder<kPlain>::character(Place at, char c) const noexcept {
    if (at.out == room_end_) return no_room(at.out);
    *at.out = c;
    return {at.in, at.out + 1};
}

// A line feed and the indentation of this depth.
template <bool kPlain>
Place Decoder<kPlain>::line(Place at, size_t depth) const noexcept {
    const size_t spaces = depth * spaces_per_level(style_.layout);
    if (room(at) <= spaces) return no_room(at.out);
    *at.out++ = '\n';
    constexpr size_t kUsual = 32;
    if (spaces <= kUsual && room(at) >= kUsual)
        std::memset(at.out, ' ', kUsual);
    else
        std::memset(at.out, ' ', spaces);
    return {at.in, at.out + spaces};
}

template <bool kPlain>
Place Decoder<kPlain>::any_string(Place at, size_t size) noexcept {
    return !kPlain && style_.ascii ? decode_as_ascii(at, size, end_, room_end_, escaped_)
                                   : decode_any_string(at, size, end_, room_end_);
}

template <bool kPlain>
template <typename Number>
Place Decoder<kPlain>::integer(Place at, Number number) const noexcept {
    const auto made = std::to_chars(at.out, room_end_, number);
    return made.ec == std::errc() ? Place{at.in, made.ptr} : no_room(at.out);
}

template <bool kPlain>
Place Decoder<kPlain>::real(Place at, double number) const noexcept {
    if (room(at) >= kDoubleTextMax) return {at.in, write_double(at.out, number)};
    char aside[kDoubleTextMax];
    return text(at, {aside, static_cast<size_t>(write_double(aside, number) - aside)});
}

template <bool kPlain>
Place Decoder<kPlain>::float32(Place at) const noexcept {
    if (!has(at, 4)) return kRefused;
    const auto number = std::bit_cast<float>(load<uint32_t>(at.in));
    return std::isfinite(number) ? real({at.in + 4, at.out}, static_cast<double>(number)) : kRefused;
}

template <bool kPlain>
Place Decoder<kPlain>::float64(Place at) const noexcept {
    if (!has(at, 8)) return kRefused;
    const auto number = std::bit_cast<double>(load<uint64_t>(at.in));
    return std::isfinite(number) && !fits_float32(number) ? real({at.in + 8, at.out}, number) : kRefused;
}

template <bool kPlain>
template <typename Unsigned>
Place Decoder<kPlain>::unsigned_integer(Place at, uint64_t least) const noexcept {
    if (!has(at, sizeof(Unsigned))) return kRefused;
    const auto number = load<Unsigned>(at.in);
    return number >= least ? integer({at.in + sizeof number, at.out}, number) : kRefused;
}

template <bool kPlain>
template <typename Signed>
Place Decoder<kPlain>::negative_integer(Place at, int64_t most) const noexcept {
    if (!has(at, sizeof(Signed))) return kRefused;
    const auto number = static_cast<Signed>(load<std::make_unsigned_t<Signed>>(at.in));
    return number <= most ? integer({at.in + sizeof number, at.out}, int64_t{number}) : kRefused;
}

template <bool kPlain>
template <typename Unsigned>
Place Decoder<kPlain>::wide_string(Place at, size_t least) noexcept {
    if (!has(at, sizeof(Unsigned))) return kRefused;
    const auto size = load<Unsigned>(at.in);
    return size >= least ? string({at.in + sizeof size, at.out}, size) : kRefused;
}

template <bool kPlain>
template <typename Unsigned>
Place Decoder<kPlain>::wide_container(Place at, bool map, uint32_t least) noexcept {
    if (!has(at, sizeof(Unsigned))) return kRefused;
    const auto members = load<Unsigned>(at.in);
    return members >= least ? open({at.in + sizeof members, at.out}, map, members) : kRefused;
}

}  // namespace

aurelis_status decode_text(std::string_view source, char* room, size_t room_bytes, size_t& written) noexcept {
    const char* const end = source.data() + source.size();
    // Any address will do for a room of no bytes, except NULL, on which no arithmetic is defined.
    char nothing = 0;
    if (room == nullptr) room = &nothing;
    char* const room_end = room + room_bytes;
    Place last = kRefused;
    if (source.size() <= kStyleBytes || static_cast<uint8_t>(source[0]) != kStyleMark)
        last = Decoder<true>({}, end, room_end).run({source.data(), room});
    else if (const auto style = static_cast<uint8_t>(source[1]); Style::is_style(style))
        last = Decoder<false>(Style::of(style), end, room_end).run({source.data() + kStyleBytes, room});
    if (last.failed()) return last.out == nullptr ? AURELIS_E_CORRUPT : AURELIS_E_SPACE;
    written = static_cast<size_t>(last.out - room);
    return AURELIS_OK;
}

}  // namespace aurelis::msgpack
