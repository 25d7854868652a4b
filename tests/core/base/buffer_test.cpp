#include "base/buffer.hpp"

#include "support/catch.hpp"

#include <cstring>
#include <string>
#include <string_view>

using namespace aurelis;
using namespace aurelis::core;

TEST_CASE("buffer: a new one is written once and read by all who share it, until the last lets go") {
    void* room = nullptr;
    aurelis_buf first = new_buffer(5, &room);
    REQUIRE(first.ops != nullptr);
    CHECK(reinterpret_cast<uintptr_t>(room) % 16 == 0);
    std::memcpy(room, "bytes", 5);
    aurelis_buf second = aurelis_buf_share(&first);
    aurelis_buf_release(&first);
    CHECK(std::string_view(static_cast<const char*>(second.data), second.size) == "bytes");
    aurelis_buf_release(&second);
}

TEST_CASE("buffer: one that no memory can hold is none") {
    void* room = nullptr;
    CHECK(new_buffer(SIZE_MAX, &room).ops == nullptr);
    CHECK(new_buffer(SIZE_MAX - 8, &room).ops == nullptr);
    CHECK(room == nullptr);
}

TEST_CASE("buffer: pieces are joined in their order, empty ones included") {
    CHECK(join_buffer({"one", "", ", ", "two"}).view() == "one, two");
    CHECK(join_buffer({}).view().empty());
    std::string data = "before";
    const Pinned copy = copy_buffer(data);
    data = "after!";
    CHECK(copy.view() == "before");
}

TEST_CASE("buffer: wrapped bytes stay where they lie, and the end is told once") {
    const std::string data = "lent";
    int ends = 0;
    {
        const Pinned kept = [&] {
            const Pinned wrapped = wrap_buffer(data, [&] { ++ends; });
            return keep_buffer(wrapped.raw());
        }();
        CHECK(kept.view().data() == data.data());
        CHECK(ends == 0);
    }
    CHECK(ends == 1);
}

TEST_CASE("buffer: what is borrowed is kept as a copy") {
    std::string data = "borrowed";
    const Pinned kept = keep_buffer(borrowed(data));
    data = "changed!";
    CHECK(kept.view() == "borrowed");
}
