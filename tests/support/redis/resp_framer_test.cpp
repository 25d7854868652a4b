// Where the framer cuts, in whatever pieces the bytes come.
#include "support/redis/resp_framer.hpp"

#include "support/catch.hpp"

namespace aurelis::rig {
namespace {

using Side = RespFramer::Side;
using Frames = std::vector<std::string>;

Frames frames_of(const std::string& bytes, Side side, size_t piece) {
    RespFramer framer(side);
    Frames frames;
    for (size_t at = 0; at < bytes.size(); at += piece) {
        framer.feed(std::string_view(bytes).substr(at, piece));
        while (auto frame = framer.next()) frames.push_back(*frame);
    }
    return frames;
}

TEST_CASE("framer cuts replies at the same places in any pieces") {
    const Frames expected = {"+OK\r\n",
                             "$-1\r\n",
                             "$0\r\n\r\n",
                             "$4\r\n\r\n+x\r\n",
                             "*0\r\n",
                             "*2\r\n*2\r\n:1\r\n$1\r\na\r\n*-1\r\n",
                             "%1\r\n+a\r\n*1\r\n:2\r\n",
                             "|1\r\n+ttl\r\n:3\r\n$1\r\nb\r\n",
                             ">2\r\n+message\r\n_\r\n",
                             "-ERR no\r\n"};
    std::string bytes;
    for (const std::string& frame : expected) bytes += frame;
    for (size_t piece = 1; piece <= bytes.size(); ++piece) CHECK(frames_of(bytes, Side::Replies, piece) == expected);
}

TEST_CASE("framer cuts commands, inline ones too") {
    const Frames expected = {"*2\r\n$3\r\nGET\r\n$3\r\na\nb\r\n", "PING now\r\n", "\r\n", "*1\r\n$4\r\nPING\r\n"};
    std::string bytes;
    for (const std::string& frame : expected) bytes += frame;
    for (size_t piece = 1; piece <= bytes.size(); ++piece) CHECK(frames_of(bytes, Side::Commands, piece) == expected);
    CHECK(words_of(expected[0]) == Frames{"GET", "a\nb"});
    CHECK(words_of(expected[1]) == Frames{"PING", "now"});
    CHECK(words_of("*3\r\n$3\r\nGET\r\n$99\r\nabc") == Frames{"GET"});
}

TEST_CASE("framer gives up on what is no RESP and hands the bytes back") {
    const std::string bad = GENERATE(std::string("hello\r\n"), std::string("*-7\r\n"), std::string("*99999999999\r\n"),
                                     std::string("$-2\r\n"), std::string("$4611686018427387904\r\n"),
                                     std::string("*x\r\n"), std::string(RespFramer::kLineBytesMax + 2, '+'));
    RespFramer framer(Side::Replies);
    framer.feed("+OK\r\n" + bad);
    CHECK(framer.next() == "+OK\r\n");
    CHECK_FALSE(framer.next());
    CHECK(framer.broken());
    CHECK(framer.take_rest() == bad);
}

TEST_CASE("framer bounds nested announcements") {
    RespFramer framer(Side::Replies);
    for (int i = 0; i < 10; ++i) framer.feed("*16777216\r\n");
    CHECK_FALSE(framer.next());
    CHECK(framer.broken());
}

}  // namespace
}  // namespace aurelis::rig
