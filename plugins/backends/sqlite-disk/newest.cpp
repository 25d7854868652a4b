// Newest: SipHash-2-4 of the key with the file's seed. Those who choose keys must not be able to choose slots.
#include "newest.hpp"

#include "keeper.hpp"

#include <cstring>

namespace aurelis::sqlite_disk {

namespace {

constexpr uint64_t turned(uint64_t word, int bits) noexcept { return word << bits | word >> (64 - bits); }

struct Sip {
    uint64_t a, b, c, d;

    explicit Sip(uint64_t low, uint64_t high) noexcept
        : a(low ^ 0x736f6d6570736575u),
          b(high ^ 0x646f72616e646f6du),
          c(low ^ 0x6c7967656e657261u),
          d(high ^ 0x7465646279746573u) {}

    void round() noexcept {
        a += b, b = turned(b, 13) ^ a, a = turned(a, 32);
        c += d, d = turned(d, 16) ^ c;
        a += d, d = turned(d, 21) ^ a;
        c += b, b = turned(b, 17) ^ c, c = turned(c, 32);
    }
    void take(uint64_t word) noexcept {
        d ^= word;
        round();
        round();
        a ^= word;
    }
    uint64_t end() noexcept {
        c ^= 0xff;
        for (int i = 0; i < 4; ++i) round();
        return a ^ b ^ c ^ d;
    }
};

}  // namespace

int64_t Marks::slot_of(std::string_view key) const noexcept {
    Sip sip(seed, ~seed);
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= key.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        for (size_t i = 0; i < sizeof word; ++i) word |= uint64_t{static_cast<unsigned char>(key[at + i])} << 8 * i;
        sip.take(word);
    }
    uint64_t tail = uint64_t{key.size() & 0xff} << 56;
    for (size_t i = 0; at + i < key.size(); ++i) tail |= uint64_t{static_cast<unsigned char>(key[at + i])} << 8 * i;
    sip.take(tail);
    return kNewestSlots | static_cast<int64_t>(sip.end() >> 2);
}

std::string cover_sql(uint64_t seed) {
    return "INSERT OR REPLACE INTO slots(slot, version) VALUES(" + std::to_string(kSeedSlot) + ", " +
           std::to_string(static_cast<int64_t>(seed)) + "), (" + std::to_string(kCoveredSlot) + ", 1);";
}

Result<Marks> read_marks(Database& database) {
    const auto noted = [&](int64_t slot) {
        return database.number("SELECT version FROM slots WHERE slot = " + std::to_string(slot));
    };
    AURELIS_TRY(seed, noted(kSeedSlot));
    if (seed == 0) {
        const auto made = database.execute("INSERT OR IGNORE INTO slots(slot, version) VALUES(" +
                                           std::to_string(kSeedSlot) + ", " + std::to_string(new_version()) + ")");
        if (!made && made.error().status == AURELIS_E_CORRUPT) return made.error();
        AURELIS_TRY(again, noted(kSeedSlot));
        seed = again;
    }
    AURELIS_TRY(covered, noted(kCoveredSlot));
    return Marks{static_cast<uint64_t>(seed), covered != 0};
}

Error disagreement(const Database& database, const char* what) {
    return fail(AURELIS_E_CORRUPT, database.path() + ": an index is damaged: " + what);
}

}  // namespace aurelis::sqlite_disk
