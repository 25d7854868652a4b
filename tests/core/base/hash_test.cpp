#include "base/hash.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace aurelis::core;

// Frames on disk and in shared stores contain these values: another hash would make all of them unreadable.
TEST_CASE("hash: the values are those of XXH3, for ever") {
    CHECK(hash_bytes("", 0) == 0x2d06800538d394c2);
    CHECK(hash_bytes("aurelis", 7) != hash_bytes("aurelia", 7));
}

TEST_CASE("checksum: pieces, however they are cut, have the checksum of the whole") {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 31);
    for (size_t piece : {size_t{1}, size_t{63}, size_t{256}, text.size()}) {
        Checksum checksum;
        for (size_t at = 0; at < text.size(); at += piece)
            checksum.add(text.data() + at, std::min(piece, text.size() - at));
        checksum.add(nullptr, 0);
        CHECK(checksum.value() == hash_bytes(text.data(), text.size()));
    }
    CHECK(Checksum().value() == hash_bytes("", 0));
}
