// The steps: flips, interesting values, numbers at unknown positions, blocks that are removed, doubled, moved or
// inserted from elsewhere, and a dictionary of the formats' building blocks.
#include "mutator.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace aurelis::fuzz {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kDictionary[] = {
    // JSON.
    "{"sv, "}"sv, "["sv, "]"sv, ":"sv, ","sv, "\""sv, "null"sv, "true"sv, "false"sv, "\\u0000"sv, "\\u00e9"sv,
    "\\ud83d"sv, "\\ude00"sv, "\\ud83d\\ude00"sv, "\\\""sv, "\\\\"sv, "\\/"sv, "\\b"sv, "\\n"sv, "\\x"sv, "\"a\":"sv,
    "\"\":1,"sv, "[]"sv, "{}"sv, "[[[[[[[["sv, "]]]]]]]]"sv, "0"sv, "-0"sv, "-"sv, "1e5"sv, "1E+5"sv, "1e-400"sv,
    "0.1"sv, ".0"sv, "1.0"sv, "01"sv, "18446744073709551615"sv, "18446744073709551616"sv, "-9223372036854775808"sv,
    "-9223372036854775809"sv, "9007199254740993"sv, "2.2250738585072011e-308"sv, "4.9e-324"sv, "0.30000000000000004"sv,
    " "sv, "\n"sv, "\t"sv, "\r\n"sv, "/**/"sv, "NaN"sv, "\xef\xbb\xbf"sv, "\xc3\xa9"sv, "\xe2\x82\xac"sv,
    "\xf0\x9f\x98\x80"sv, "\xed\xa0\x80"sv, "\xc0\xaf"sv, "\xf5\x80\x80\x80"sv, "\x7f"sv,
    // MessagePack.
    "\xc0"sv, "\xc1"sv, "\xc2"sv, "\xc3"sv, "\xc4\x01"sv, "\xc7\x01\x01"sv, "\xca\x7f\x80\x00\x00"sv,
    "\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"sv, "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"sv, "\xcc\x80"sv, "\xcd\x01\x00"sv,
    "\xce\x00\x01\x00\x00"sv, "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"sv, "\xd0\x80"sv,
    "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"sv, "\xd4\x01\x00"sv, "\xd9\x20"sv, "\xda\x01\x00"sv,
    "\xdb\xff\xff\xff\xff"sv, "\xdc\xff\xff"sv, "\xdd\xff\xff\xff\xff"sv, "\xde\x00\x10"sv, "\xdf\xff\xff\xff\xff"sv,
    "\x80"sv, "\x81"sv, "\x90"sv, "\x91\x91\x91\x91"sv, "\xa0"sv, "\xe0"sv,
    // gzip: magics, flags, blocks: stored, empty static, dynamic.
    "\x1f\x8b"sv, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"sv, "\x1f\x8b\x08\x1f"sv, "\x01\x00\x00\xff\xff"sv,
    "\x00\x00\x00\xff\xff"sv, "\x03\x00"sv, "\xed\xc1\x01\x01"sv,
    // lz4 and zstd: magics, skippable frames, sizes, a block of a run.
    "\x04\x22\x4d\x18\x68\x40"sv, "\x02\x21\x4c\x18"sv, "\x50\x2a\x4d\x18\x04\x00\x00\x00"sv, "\x28\xb5\x2f\xfd"sv,
    "\x28\xb5\x2f\xfd\x20\x00"sv, "\x28\xb5\x2f\xfd\xe0"sv, "\x27\xb5\x2f\xfd"sv, "\x37\xa4\x30\xec"sv,
    "\x02\x00\x10"sv, "\x03\x00\x10\x00"sv, "\x01\x00\x00"sv, "\xff\xff\xff\xff"sv, "\x00\x00\x00\x80"sv,
    "\x00\x00\x00\x00"sv};

constexpr int64_t kNumbers[] = {0,       1,       2,         -1,        7,          8,         15,       16,
                                31,      32,      63,        64,        100,        127,       128,      255,
                                256,     1000,    4095,      4096,      32767,      32768,     65535,    65536,
                                1 << 20, 1 << 24, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};

}  // namespace

uint64_t Mutator::draw() noexcept {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

const std::string& Mutator::next(const std::vector<std::string>& pool) {
    const size_t size = pool.size();
    const size_t at = below(2) == 0 ? below(size) : size - 1 - below(std::min<size_t>(size, 64));
    made_ = pool[at].substr(0, bytes_max_);
    // Usually few steps; now and then many.
    for (uint64_t steps = uint64_t{1} << below(below(4) == 0 ? 6 : 3); steps > 0; --steps) step(pool);
    return made_;
}

// The length of a block that begins here: mostly short.
size_t Mutator::block(size_t at) noexcept {
    const size_t left = made_.size() - at;
    return std::min<size_t>(left, 1 + below(below(4) == 0 ? left : 16));
}

void Mutator::step(const std::vector<std::string>& pool) {
    switch (below(12)) {
        case 0:
        case 1: return flip_bits();
        case 2: return set_bytes();
        case 3:
        case 4: return change_number();
        case 5: return insert(kDictionary[below(std::size(kDictionary))]);
        case 6: return overwrite(kDictionary[below(std::size(kDictionary))]);
        case 7: return erase_block();
        case 8: return repeat_block();
        case 9: return move_block();
        case 10: return splice(pool[below(pool.size())]);
        default: return made_.resize(made_.size() - block(made_.empty() ? 0 : below(made_.size())));
    }
}

void Mutator::flip_bits() {
    if (made_.empty()) return;
    for (uint64_t times = 1 + below(4); times > 0; --times) {
        char& byte = made_[below(made_.size())];
        byte = static_cast<char>(byte ^ (1 << below(8)));
    }
}

void Mutator::set_bytes() {
    if (made_.empty()) return;
    const size_t at = below(made_.size());
    const bool same = below(2) == 0;
    const auto value = static_cast<char>(draw());
    for (size_t i = 0, length = block(at); i < length; ++i) made_[at + i] = same ? value : static_cast<char>(draw());
}

// Takes a number of 1 to 8 bytes, in either byte order, somewhere: it changes a little, or becomes a special one.
void Mutator::change_number() {
    const size_t width = size_t{1} << below(4);
    if (made_.size() < width) return;
    // Length fields are at the ends more often than elsewhere.
    const size_t last = made_.size() - width;
    const uint64_t place = below(4);
    const size_t at = place == 0   ? std::min<size_t>(last, below(16))
                      : place == 1 ? last - std::min<size_t>(last, below(16))
                                   : below(last + 1);
    const bool big_endian = below(2) == 0;
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i)
        value |= static_cast<uint64_t>(static_cast<unsigned char>(made_[at + (big_endian ? width - 1 - i : i)]))
                 << (8 * i);
    switch (below(5)) {
        case 0: value += 1 + below(16); break;
        case 1: value -= 1 + below(16); break;
        case 2: value = static_cast<uint64_t>(kNumbers[below(std::size(kNumbers))]); break;
        case 3: value = made_.size() - at + below(9) - 4; break;
        default: value = below(2) == 0 ? value * 2 : ~value; break;
    }
    for (size_t i = 0; i < width; ++i)
        made_[at + (big_endian ? width - 1 - i : i)] = static_cast<char>(value >> (8 * i));
}

void Mutator::insert(std::string_view piece) {
    if (made_.size() + piece.size() > bytes_max_) return;
    made_.insert(below(made_.size() + 1), piece);
}

void Mutator::overwrite(std::string_view piece) {
    if (made_.size() < piece.size()) return;
    std::memcpy(made_.data() + below(made_.size() - piece.size() + 1), piece.data(), piece.size());
}

void Mutator::erase_block() {
    if (made_.empty()) return;
    const size_t at = below(made_.size());
    made_.erase(at, block(at));
}

void Mutator::repeat_block() {
    if (made_.empty()) return;
    const size_t at = below(made_.size());
    const std::string piece = made_.substr(at, block(at));
    for (uint64_t times = uint64_t{1} << below(below(8) == 0 ? 8 : 3); times > 0; --times) {
        if (made_.size() + piece.size() > bytes_max_) return;
        made_.insert(at, piece);
    }
}

void Mutator::move_block() {
    if (made_.empty()) return;
    const size_t at = below(made_.size());
    const std::string piece = made_.substr(at, block(at));
    made_.erase(at, piece.size());
    insert(piece);
}

// The beginning of this one, the end of the other; or a part of the other within this one.
void Mutator::splice(const std::string& other) {
    const size_t from = below(other.size() + 1);
    if (below(2) == 0) {
        made_.resize(below(made_.size() + 1));
        made_.append(other, from, bytes_max_ - made_.size());
        return;
    }
    insert(std::string_view(other).substr(from, 1 + below(64)));
}

}  // namespace aurelis::fuzz
