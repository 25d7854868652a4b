// What the memory backend allocates: nothing on a hit, and in total what size() says. The program counts every
// allocation of its process by replacing the allocator's functions; a sanitizer replaces them itself, so with one these
// cases are skipped.
#include "support/catch.hpp"
#include "support/plugin_host.hpp"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <malloc.h>

#include <cstdlib>
#include <random>

namespace {
thread_local uint64_t allocations = 0;
}

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);

__attribute__((visibility("default"))) void* malloc(size_t size) noexcept {
    ++allocations;
    return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(size_t count, size_t size) noexcept {
    ++allocations;
    return __libc_calloc(count, size);
}
__attribute__((visibility("default"))) void* realloc(void* old, size_t size) noexcept {
    ++allocations;
    return __libc_realloc(old, size);
}
}

namespace {

using namespace aurelis::test;

uint64_t bytes_in_use() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

}  // namespace

TEST_CASE("memory a hit allocates nothing and gives the stored bytes") {
    PluginHost host;
    auto store = open_backend("memory", {}, host);
    const uint64_t before_set = allocations;
    REQUIRE(store->set("key", std::string(1000, 'v')) == AURELIS_OK);
    REQUIRE(allocations > before_set);  // The counter sees what the plugin does.
    aurelis_call call = store->call();
    const aurelis_key key = store->key("key");
    aurelis_entry first{}, second{};
    const uint64_t before = allocations;
    const aurelis_status status = store->ops().get(store->store(), &call, &key, &first);
    store->ops().get(store->store(), &call, &key, &second);
    const uint64_t after = allocations;
    REQUIRE(status == AURELIS_OK);
    CHECK(after == before);
    CHECK(first.value.data == second.value.data);
    aurelis_buf_release(&first.value);
    aurelis_buf_release(&second.value);
    CHECK(allocations == before);
}

TEST_CASE("memory a miss allocates nothing") {
    PluginHost host;
    auto store = open_backend("memory", {}, host);
    aurelis_call call = store->call();
    const aurelis_key key = store->key("nothing");
    aurelis_entry entry{};
    const uint64_t before = allocations;
    const aurelis_status status = store->ops().get(store->store(), &call, &key, &entry);
    CHECK(allocations == before);
    CHECK(status == AURELIS_NOT_FOUND);
}

TEST_CASE("memory size tells the bytes that the allocator gave, within a tenth") {
    PluginHost host;
    for (const size_t value_max : {1u, 100u, 3000u, 300'000u}) {
        const uint64_t before = bytes_in_use();
        auto store = open_backend("memory", {{"max_bytes", "32MiB"}, {"shards", "2"}}, host);
        std::mt19937_64 random(value_max);
        const size_t rounds = std::min<size_t>(400'000, (80u << 20) / (value_max / 2 + 100));
        for (size_t i = 0; i < rounds; ++i) {
            const std::string key = "key" + std::to_string(random() % (2 * rounds));
            REQUIRE(store->set(key, std::string(random() % value_max, 'v')) == AURELIS_OK);
        }
        const auto told = static_cast<double>(store->size().bytes);
        const auto real = static_cast<double>(bytes_in_use() - before);
        CAPTURE(value_max, told, real);
        CHECK(told > 0.9 * real);
        CHECK(told < 1.1 * real);
        CHECK(told > 0.8 * (32 << 20));
        CHECK(told <= 32 << 20);
    }
}

#else

TEST_CASE("memory gives stored bytes on a hit") {
    aurelis::test::PluginHost host;
    auto store = aurelis::test::open_backend("memory", {}, host);
    REQUIRE(store->set("key", "value") == AURELIS_OK);
    CHECK(store->get("key").value.raw().data == store->get("key").value.raw().data);
}

#endif
