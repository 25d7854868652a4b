// Blocks of every kind give the same result as checking each byte.
#include "../../plugins/serializers/shared/text_block.hpp"

#include "support/catch.hpp"

#include <random>
#include <string_view>

using namespace aurelis::text;

TEST_CASE("text blocks of every kind see the same bytes") {
    std::mt19937 random(1);
    for (int i = 0; i < 100000; ++i) {
        char bytes[16];
        for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? random() : "\"\\ \x1f\x20\x7fz!"[random() % 8]);
        uint32_t specials = 0, beyond = 0, del = 0;
        for (unsigned at = 0; at < 16; ++at) {
            const auto c = static_cast<uint8_t>(bytes[at]);
            specials |= uint32_t{c == '"' || c == '\\' || c < 0x20} << at;
            beyond |= uint32_t{c >= 0x80} << at;
            del |= uint32_t{c == 0x7f} << at;
        }
        const WordBlock low(bytes), high(bytes + 8);
        if ((low.specials() | high.specials() << 8) != specials) FAIL(i);
        if ((low.beyond_ascii() | high.beyond_ascii() << 8) != beyond) FAIL(i);
        if ((low.ascii_stops() | high.ascii_stops() << 8) != (specials | beyond | del)) FAIL(i);
        if ((low.stops() | high.stops() << 8) != (specials | beyond)) FAIL(i);
        const Block block(bytes);
        const uint32_t mask = (uint32_t{1} << Block::kSize) - 1;
        if (block.specials() != (specials & mask) || block.beyond_ascii() != (beyond & mask)) FAIL(i);
        if (block.ascii_stops() != ((specials | beyond | del) & mask)) FAIL(i);
        if (block.stops() != ((specials | beyond) & mask)) FAIL(i);
        char copy[Block::kSize];
        block.store(copy);
        low.store(copy);
        if (std::string_view(copy, sizeof copy) != std::string_view(bytes, sizeof copy)) FAIL(i);
    }
}
