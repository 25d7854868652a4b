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
    struct Container {
        char* header;
        uint32_t commas;
        uint32_t first_key;
        char closer;
    };

    Place value(Place at);
    Place open(Place at);
    Place after_value(Place at);
    Place close(Place at);
    Place key(Place at);
    Place word(Place at, std::string_view text, uint8_t first) const noexcept;

    const char* begin_;
    const char* end_;
    char* room_;
    Scratch& scratch_;
    size_t depth_ = 0;
    bool value_expected_ = true;
    Container open_[kDepthMax];  // The first depth_ are set.
};

std::optional<size_t> Encoder::run() {
    Place at{begin_, room_};
    while (!at.failed() && (value_expected_ || depth_ > 0)) {
        if (at.in == end_) return std::nullopt;
        at = value_expected_ ? value(at) : after_value(at);
    }
    if (at.in != end_) return std::nullopt;
    return static_cast<size_t>(scratch_.headers.widen(room_, at.out) - room_);
}

Place Encoder::value(Place at) {
    value_expected_ = false;
    switch (*at.in) {
        case '"': return encode_string({at.in + 1, at.out}, end_);
        case '{':
        case '[': return open(at);
        case 't': return word(at, "true", first_byte::kTrue);
        case 'f': return word(at, "false", first_byte::kFalse);
        case 'n': return word(at, "null", first_byte::kNil);
        default: return encode_number(at, end_);
    }
}

Place Encoder::open(Place at) {
    const bool object = *at.in == '{';
    const char closer = object ? '}' : ']';
    *at.out = static_cast<char>(object ? first_byte::kFixMap : first_byte::kFixArray);
    const Place inside{at.in + 1, at.out + 1};
    if (inside.in == end_ || depth_ == kDepthMax) return kRefused;
    if (*inside.in == closer) return {inside.in + 1, inside.out};
    open_[depth_++] = {at.out, 0, static_cast<uint32_t>(scratch_.keys.size()), closer};
    value_expected_ = true;
    return object ? key(inside) : inside;
}

Place Encoder::after_value(Place at) {
    Container& container = open_[depth_ - 1];
    if (*at.in != ',') return *at.in == container.closer ? close(at) : kRefused;
    ++container.commas;
    value_expected_ = true;
    const Place next{at.in + 1, at.out};
    return container.closer == '}' ? key(next) : next;
}

Place Encoder::close(Place at) {
    const Container& container = open_[--depth_];
    if (container.closer == '}' && !scratch_.keys.take_distinct(container.first_key, begin_)) return kRefused;
    scratch_.headers.close(room_, container.header, container.commas + 1);
    return {at.in + 1, at.out};
}

// With the colon.
Place Encoder::key(Place at) {
    if (at.in == end_ || *at.in != '"') return kRefused;
    const char* const first = at.in + 1;
    at = encode_string({first, at.out}, end_);
    if (at.failed() || at.in == end_ || *at.in != ':') return kRefused;
    scratch_.keys.add(begin_, {first, static_cast<size_t>(at.in - 1 - first)});
    return {at.in + 1, at.out};
}

Place Encoder::word(Place at, std::string_view text, uint8_t first) const noexcept {
    const bool there =
        static_cast<size_t>(end_ - at.in) >= text.size() && std::memcmp(at.in, text.data(), text.size()) == 0;
    if (!there) return kRefused;
    *at.out = static_cast<char>(first);
    return {at.in + text.size(), at.out + 1};
}

}  // namespace

std::optional<size_t> encode_text(std::string_view text, char* room, Scratch& scratch) {
    scratch.clear();
    const auto made = Encoder(text, room, scratch).run();
    scratch.trim();
    return made;
}

}  // namespace aurelis::msgpack
