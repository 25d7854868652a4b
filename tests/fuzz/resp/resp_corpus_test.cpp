// Whatever bytes a server sends: the parsers get them in pieces of all sizes, with bytes flipped, cut, repeated and
// mixed, and neither crash nor hang nor build more than they may. All of it is deterministic.
#include "support/catch.hpp"

#include "announcement.hpp"
#include "envelope.hpp"
#include "errors.hpp"
#include "reply_stream.hpp"
#include "scan_place.hpp"
#include "slots.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace aurelis;
using namespace aurelis::redis;

namespace {

constexpr ReplyLimits kLimits{1 << 20, 4096};

// Returns its bytes in pieces, then reports that the other side has closed.
class Memory final : public ByteSource {
public:
    Memory(std::string_view bytes, size_t piece) : bytes_(bytes), piece_(piece) {}
    Result<size_t> receive(char* into, size_t room, const Deadline&) override {
        const size_t size = std::min({room, piece_, bytes_.size()});
        if (size == 0) return fail(AURELIS_E_UNAVAILABLE, "end");
        std::memcpy(into, bytes_.data(), size);
        bytes_.remove_prefix(size);
        return size;
    }

private:
    std::string_view bytes_;
    const size_t piece_;
};

size_t count_of(const Reply& reply) {
    size_t sum = 1;
    for (const Reply& item : reply.items) sum += count_of(item);
    return sum;
}

// As values are read: heads, and the bodies that they announce.
size_t read_in_steps(std::string_view bytes, size_t piece) {
    Memory source(bytes, piece);
    ReplyStream stream(source);
    const Deadline deadline = Deadline::after(kSecond);
    size_t heads = 0;
    std::string room;
    for (;; ++heads) {
        const Result<Head> head = stream.head(deadline);
        if (!head) return heads;
        if (head.value().kind == Head::Kind::Error) {
            static_cast<void>(meaning_of(head.value().text));
            static_cast<void>(parse_redirection(head.value().text, Address{"from", 1, ""}));
        }
        if (head.value().kind != Head::Kind::Bulk) continue;
        const auto size = static_cast<size_t>(head.value().number);
        const size_t begins = std::min(size, Envelope::kBytes);
        room.resize(std::min<size_t>(size, 100'000));
        if (!stream.body(room.data(), begins, deadline)) return heads;
        static_cast<void>(Envelope::open(std::string_view(room).substr(0, begins)));
        if (size <= room.size() ? !stream.body(room.data() + begins, size - begins, deadline)
                                : !stream.skip(size - begins, deadline))
            return heads;
        if (!stream.end_of_bulk(deadline)) return heads;
    }
}

// As irregular answers are read, and what is made of them.
size_t read_as_trees(std::string_view bytes, size_t piece) {
    Memory source(bytes, piece);
    ReplyStream stream(source);
    const Deadline deadline = Deadline::after(kSecond);
    for (size_t trees = 0;; ++trees) {
        const Result<Reply> reply = stream.reply(kLimits, deadline);
        if (!reply) return trees;
        REQUIRE(count_of(reply.value()) <= kLimits.elements + 1);
        static_cast<void>(parse_slots(reply.value(), Address{"asked", 1, ""}));
        if (reply.value().items.size() == 3) {
            AnnouncedChanges announced;
            parse_announcement(reply.value().items[2].text, Sender{}, &announced);
        }
    }
}

void take(std::string_view bytes) {
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{1500}, size_t{100'000}}) {
        if (piece < 10 && bytes.size() > 2000) continue;
        read_in_steps(bytes, piece);
        read_as_trees(bytes, piece);
    }
    AnnouncedChanges announced;
    parse_announcement(bytes, Sender{}, &announced);
    static_cast<void>(ScanPlace::read(bytes));
}

std::vector<std::pair<std::string, std::string>> corpus() {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& entry : std::filesystem::directory_iterator(AURELIS_RESP_CORPUS)) {
        std::ifstream file(entry.path(), std::ios::binary);
        all.emplace_back(entry.path().filename().string(),
                         std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
    }
    std::sort(all.begin(), all.end());
    return all;
}

struct Dice {
    uint64_t state;
    uint64_t below(uint64_t bound) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (state >> 33) % bound;
    }
};

std::string mutated(const std::string& from, const std::string& other, Dice& dice) {
    std::string made = from;
    for (uint64_t i = 0, changes = 1 + dice.below(4); i < changes; ++i) {
        const size_t at = made.empty() ? 0 : dice.below(made.size());
        switch (dice.below(6)) {
            case 0:
                if (!made.empty()) made[at] = static_cast<char>(made[at] ^ (1 << dice.below(8)));
                break;
            case 1: made.resize(at); break;
            case 2: made.insert(at, made.substr(at, dice.below(20))); break;
            case 3: made.insert(at, other.substr(0, dice.below(other.size() + 1))); break;
            case 4: made.insert(at, std::to_string(dice.below(1u << 31))); break;
            default: made.insert(at, 1, "+-:$*\r\n\0%_#,0123456789"[dice.below(23)]); break;
        }
    }
    if (made.size() > 200'000) made.resize(200'000);
    return made;
}

}  // namespace

TEST_CASE("RESP answers of the corpus, whole, in pieces, and cut at every place") {
    const auto all = corpus();
    REQUIRE(all.size() > 40);
    for (const auto& [name, bytes] : all) {
        INFO(name);
        take(bytes);
        const size_t step = std::max<size_t>(bytes.size() / 200, 1);
        for (size_t cut = 0; cut < bytes.size(); cut += step) take(std::string_view(bytes).substr(0, cut));
    }
}

TEST_CASE("RESP answers mutated: no crash, no hang, nothing beyond the bounds") {
    const auto all = corpus();
    Dice dice{20'240'229};
    int64_t slowest_ms = 0;
    for (int round = 0; round < 30'000; ++round) {
        const std::string bytes = mutated(all[dice.below(all.size())].second, all[dice.below(all.size())].second, dice);
        const auto begin = std::chrono::steady_clock::now();
        take(bytes);
        slowest_ms = std::max<int64_t>(
            slowest_ms,
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count());
    }
    CHECK(slowest_ms < 1000);
}

TEST_CASE("RESP answers that are good are understood the same in pieces of all sizes") {
    const std::string good = "+OK\r\n:7\r\n$3\r\nabc\r\n*2\r\n$1\r\na\r\n$-1\r\n-ERR no\r\n";
    for (size_t piece = 1; piece <= good.size(); ++piece) {
        CHECK(read_in_steps(good, piece) == 7);
        CHECK(read_as_trees(good, piece) == 5);
    }
}

TEST_CASE("RESP arrays and lines that promise too much build nothing") {
    const Deadline deadline = Deadline::after(kSecond);
    const std::vector<std::string> promises = {"*2147483647\r\n", "*4097\r\n$1\r\na\r\n", "*2\r\n*4095\r\n",
                                               "+" + std::string(2 << 20, 'a'), "%1\r\n+a\r\n+b\r\n"};
    for (const std::string& bytes : promises) {
        Memory source(bytes, 4096);
        ReplyStream stream(source);
        CHECK_FALSE(stream.reply(kLimits, deadline));
    }
    Memory endless("+", 1);
    ReplyStream line(endless);
    CHECK_FALSE(line.head(deadline));
}

TEST_CASE("slots of keys are those of the specification") {
    CHECK(slot_of("123456789") == 0x31C3 % kSlotCount);
    CHECK(slot_of("{user1000}.following") == slot_of("{user1000}.followers"));
    CHECK(slot_of("foo{}{bar}") != slot_of("bar"));
    CHECK(slot_of("foo{{bar}}zap") == slot_of("{bar"));
    CHECK(slot_of("foo{bar}{zap}") == slot_of("bar"));
    CHECK(slot_of("") == 0);
}
