// The walk over JSON text: from token to token, with a list of the open containers instead of recursion.
#include "encoder.hpp"

#include "numbers.hpp"
#include "place.hpp"
#include "strings.hpp"

namespace aurelis::msgpack {

namespace {

class Encoder {
public:
    Encoder(std::string_view text, char* room, Scratch& scratch) noexcept
        : begin_(text.data()), end_(begin_ + text.size()), room_(room), scratch_(scratch) {}
    std::optional<size_t> run();

private:
    // What is between tokens, as far as is known. Line feeds show after the first bracket or never.
    enum class Gaps : uint8_t { None, Unknown, Spaces, Lines };

    struct Container {
        char* header;
        uint32_t commas;
        uint32_t first_key;
        char closer;
    };

    template <bool kCompact>
    Place walk(Place at);
    template <bool kCompact>
    Place value(Place at);
    template <bool kCompact>
    Place open(Place at);
    template <bool kCompact>
    Place after_value(Place at);
    template <bool kCompact>
    Place close(Place at);
    template <bool kCompact>
    Place key(Place at);
    // From after the opening quote to after the closing one.
    Place string(Place at) noexcept {
        const Place next = encode_short_string(at, end_);
        return next.failed() ? any_string(at) : next;
    }
    Place any_string(Place at) noexcept;
    Place word(Place at, std::string_view text, uint8_t first) const noexcept;
    Place past_opener(Place at) noexcept;
    Place past_comma(Place at) noexcept;
    Place past_space(Place at) noexcept;
    Place past_line(Place at, size_t depth) const noexcept;
    Place find_indentation(Place at) noexcept;
    Place keep_style(Place at) noexcept;

    const char* begin_;
    const char* end_;
    char* room_;  // After the style, if one is kept.
    Scratch& scratch_;
    size_t depth_ = 0;
    bool value_expected_ = true;
    bool keeps_style_ = false;
    Gaps gaps_ = Gaps::Unknown;
    Style style_;
    Spellings spellings_;
    Container open_[kDepthMax];  // The first depth_ are set.
};

std::optional<size_t> Encoder::run() {
    char* const whole = room_;
    Place at{begin_, room_};
    if (begin_ != end_ && end_[-1] == '\n') {
        --end_;
        style_.newline = true;
        at = keep_style(at);
    }
    at = walk<false>(at);
    if (gaps_ == Gaps::None && !at.failed()) at = walk<true>(at);
    if (at.in != end_) return std::nullopt;
    if (keeps_style_) {
        whole[0] = static_cast<char>(kStyleMark);
        whole[1] = static_cast<char>(style_.to_byte());
    }
    return static_cast<size_t>(scratch_.headers.widen(room_, at.out) - whole);
}

// To the end of the value, or to the place where it turns out to be compact; after that, gaps need not be checked.
template <bool kCompact>
Place Encoder::walk(Place at) {
    while (!at.failed() && (value_expected_ || depth_ > 0) && (kCompact || gaps_ != Gaps::None)) {
        if (at.in == end_) return kRefused;
        at = value_expected_ ? value<kCompact>(at) : after_value<kCompact>(at);
    }
    return at;
}

template <bool kCompact>
Place Encoder::value(Place at) {
    value_expected_ = false;
    switch (*at.in) {
        case '"': return string({at.in + 1, at.out});
        case '{':
        case '[': return open<kCompact>(at);
        case 't': return word(at, "true", first_byte::kTrue);
        case 'f': return word(at, "false", first_byte::kFalse);
        case 'n': return word(at, "null", first_byte::kNil);
        default: return encode_number(at, end_);
    }
}

template <bool kCompact>
Place Encoder::open(Place at) {
    const bool object = *at.in == '{';
    const char closer = object ? '}' : ']';
    *at.out = static_cast<char>(object ? first_byte::kFixMap : first_byte::kFixArray);
    Place inside{at.in + 1, at.out + 1};
    if (inside.in == end_ || depth_ == kDepthMax) return kRefused;
    if (*inside.in == closer) return {inside.in + 1, inside.out};
    open_[depth_++] = {at.out, 0, static_cast<uint32_t>(scratch_.keys.size()), closer};
    value_expected_ = true;
    if (!kCompact) inside = past_opener(inside);
    return object ? key<kCompact>(inside) : inside;
}

template <bool kCompact>
Place Encoder::after_value(Place at) {
    Container& container = open_[depth_ - 1];
    if (*at.in != ',') return close<kCompact>(at);
    ++container.commas;
    value_expected_ = true;
    Place next{at.in + 1, at.out};
    if (!kCompact) next = past_comma(next);
    return container.closer == '}' ? key<kCompact>(next) : next;
}

template <bool kCompact>
Place Encoder::close(Place at) {
    const Container& container = open_[--depth_];
    if (!kCompact && gaps_ == Gaps::Lines) at = past_line(at, depth_);
    if ((!kCompact && (at.failed() || at.in == end_)) || *at.in != container.closer) return kRefused;
    if (container.closer == '}' && !scratch_.keys.take_distinct(container.first_key, begin_)) return kRefused;
    scratch_.headers.close(room_, container.header, container.commas + 1);
    return {at.in + 1, at.out};
}

// With the colon.
template <bool kCompact>
Place Encoder::key(Place at) {
    if ((!kCompact && at.failed()) || at.in == end_ || *at.in != '"') return kRefused;
    const char* const first = at.in + 1;
    at = string({first, at.out});
    if (at.failed() || at.in == end_ || *at.in != ':') return kRefused;
    scratch_.keys.add(begin_, {first, static_cast<size_t>(at.in - 1 - first)});
    const Place next{at.in + 1, at.out};
    return kCompact ? next : past_space(next);
}

Place Encoder::any_string(Place at) noexcept {
    at = encode_any_string(at, end_, spellings_);
    if (!spellings_.escaped || at.failed()) return at;
    style_.ascii = true;
    return keep_style(at);
}

Place Encoder::word(Place at, std::string_view text, uint8_t first) const noexcept {
    const bool there =
        static_cast<size_t>(end_ - at.in) >= text.size() && std::memcmp(at.in, text.data(), text.size()) == 0;
    if (!there) return kRefused;
    *at.out = static_cast<char>(first);
    return {at.in + text.size(), at.out + 1};
}

Place Encoder::past_opener(Place at) noexcept {
    if (depth_ == 1 && *at.in == '\n') at = find_indentation(at);
    return gaps_ == Gaps::Lines ? past_line(at, depth_) : at;
}

Place Encoder::past_comma(Place at) noexcept { return gaps_ == Gaps::Lines ? past_line(at, depth_) : past_space(at); }

// Past one space, or nothing if the text has no spaces; the first place where one may be decides which.
Place Encoder::past_space(Place at) noexcept {
    const bool there = at.in != end_ && *at.in == ' ';
    if (gaps_ == Gaps::Unknown) {
        gaps_ = there ? Gaps::Spaces : Gaps::None;
        if (there) {
            style_.layout = Layout::Spaced;
            at = keep_style(at);
        }
    }
    if (there == (gaps_ == Gaps::None)) return kRefused;
    return there ? Place{at.in + 1, at.out} : at;
}

// A line feed and the indentation of this depth.
Place Encoder::past_line(Place at, size_t depth) const noexcept {
    if (at.failed() || at.in == end_ || *at.in != '\n') return kRefused;
    ++at.in;
    size_t spaces = depth * spaces_per_level(style_.layout);
    if (static_cast<size_t>(end_ - at.in) < spaces) return kRefused;
    constexpr uint64_t kSpaces = 0x2020202020202020u;
    uint64_t some = 0;
    for (; spaces >= sizeof some; spaces -= sizeof some, at.in += sizeof some) {
        std::memcpy(&some, at.in, sizeof some);
        if (some != kSpaces) return kRefused;
    }
    for (; spaces > 0; --spaces, ++at.in) {
        if (*at.in != ' ') return kRefused;
    }
    return at;
}

Place Encoder::find_indentation(Place at) noexcept {
    const char* const first = at.in + 1;
    const char* last = first;
    while (last != end_ && *last == ' ' && last - first < 5) ++last;
    if (last - first != 2 && last - first != 4) return kRefused;
    gaps_ = Gaps::Lines;
    style_.layout = last - first == 2 ? Layout::Indented2 : Layout::Indented4;
    return keep_style(at);
}

// Makes room before what is written, which is little in most texts, since a style shows early.
Place Encoder::keep_style(Place at) noexcept {
    if (keeps_style_) return at;
    keeps_style_ = true;
    std::memmove(room_ + kStyleBytes, room_, static_cast<size_t>(at.out - room_));
    room_ += kStyleBytes;
    for (size_t i = 0; i < depth_; ++i) open_[i].header += kStyleBytes;
    return {at.in, at.out + kStyleBytes};
}

}  // namespace

std::optional<size_t> encode_text(std::string_view text, char* room, Scratch& scratch) {
    scratch.clear();
    const auto made = Encoder(text, room, scratch).run();
    scratch.trim();
    return made;
}

}  // namespace aurelis::msgpack
