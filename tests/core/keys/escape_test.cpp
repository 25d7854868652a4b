#include "keys/escape.hpp"

#include "key_test_support.hpp"
#include "keys/plain_copy.hpp"

#include <cstring>
#include <memory>

namespace aurelis::core {
namespace {

TEST_CASE("escape turns ':' and '%' and control bytes into upper-case hex, and nothing else") {
    CHECK(escaped("a:b%c") == "a%3Ab%25c");
    CHECK(escaped(std::string_view("\0\x01\n\x1f\x20\x7e\x7f", 7)) == "%00%01%0A%1F ~%7F");
    CHECK(escaped("Grüße 🌍 \xff") == "Grüße 🌍 \xff");
    CHECK(escaped("long enough for a word: and another") == "long enough for a word%3A and another");
}

TEST_CASE("unescape undoes every byte, and refuses what escape does not write") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    std::string back;
    REQUIRE(unescape(escaped(all), back));
    CHECK(back == all);
    CHECK(escaped_size(all) == escaped(all).size());
    for (const char* text : {"%", "%3", "%3a", "%41", "%GG", "a:b", "\n", "%3A%", "\x7f"})
        CHECK_FALSE(unescape(text, back));
}

TEST_CASE("shown cuts what is long and stays one line") {
    CHECK(shown("a\nb") == "a%0Ab");
    CHECK(shown(std::string(65, 'x')) == std::string(64, 'x') + "...");
}

// The text in a block of exactly its size, so that a sanitizer notices any access outside it.
std::unique_ptr<char[]> alone(std::string_view text) {
    std::unique_ptr<char[]> block(new char[text.size()]);
    std::memcpy(block.get(), text.data(), text.size());
    return block;
}

using Copy = bool (*)(const char*, size_t, char*) noexcept;

void check_copy(Copy copy, size_t smallest) {
    for (size_t size = smallest; size <= 70; ++size) {
        for (size_t place = 0; place < size; ++place) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, place % 2 == 0 ? 'x' : '\xff');
                text[place] = static_cast<char>(byte);
                const auto from = alone(text);
                const auto to = alone(std::string(size, '-'));
                const bool plain = copy(from.get(), size, to.get());
                if (plain == must_escape(static_cast<unsigned char>(byte)))
                    FAIL("byte " << byte << " at " << place);
                if (plain && std::string_view(to.get(), size) != text) FAIL("copy of size " << size);
            }
        }
    }
}

TEST_CASE("copy_plain copies and finds each byte that must be escaped, at each place of each size") {
    check_copy(copy_plain, 1);
    check_copy(detail::copy_plain_words, 8);
}

TEST_CASE("any_must_escape is exact for random words") {
    Random random(7);
    for (int round = 0; round < 200000; ++round) {
        const std::string_view bytes = "\x1f\x20\x21:;9%&$\x7f\x7e\x80\xff\xba\xa5\x9f";
        unsigned char word[8];
        bool any = false;
        for (unsigned char& byte : word) {
            byte = static_cast<unsigned char>(random.below(3) != 0 ? 'a' + random.below(26)
                                                                   : bytes[random.below(bytes.size())]);
            any = any || must_escape(byte);
        }
        uint64_t value;
        std::memcpy(&value, word, sizeof value);
        if ((any_must_escape(value) != 0) != any) FAIL("round " << round);
    }
}

}  // namespace
}  // namespace aurelis::core
