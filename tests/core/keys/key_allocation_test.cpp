// A warm thread builds keys without allocating. malloc itself is counted, OpenSSL's calls included; under a
// sanitizer, which must keep malloc for itself, operator new and OpenSSL's own hooks are counted instead.
#include "key_test_support.hpp"
#include "keys/digest.hpp"

#include <openssl/crypto.h>

#include <array>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define AURELIS_COUNT_MALLOC 0
#else
#define AURELIS_COUNT_MALLOC 1
#endif

namespace {
thread_local size_t allocations = 0;
}

#if AURELIS_COUNT_MALLOC
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* malloc(size_t size) noexcept {
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) noexcept {
    ++allocations;
    return __libc_realloc(old, size);
}
}
constexpr bool kHooked = true;
#else
void* operator new(size_t size) {
    ++allocations;
    if (void* const block = std::malloc(size)) return block;
    throw std::bad_alloc();
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void* operator new[](size_t size, const std::nothrow_t& nothrow) noexcept {
    return operator new(size, nothrow);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }
void operator delete[](void* block, size_t) noexcept { std::free(block); }
// Before main, since OpenSSL takes hooks only before it allocates for the first time.
const bool kHooked = CRYPTO_set_mem_functions(
                         [](size_t size, const char*, int) {
                             ++allocations;
                             return std::malloc(size);
                         },
                         [](void* old, size_t size, const char*, int) {
                             ++allocations;
                             return std::realloc(old, size);
                         },
                         [](void* block, const char*, int) { std::free(block); }) == 1;
#endif

namespace aurelis::core {
namespace {

// How many allocations the work makes once it has run a few times.
template <typename Work>
size_t allocations_when_warm(Work work) {
    for (int round = 0; round < 4; ++round) work();
    const size_t before = allocations;
    for (int round = 0; round < 100; ++round) work();
    return allocations - before;
}

size_t allocations_of(KeyFormat format, const std::vector<std::string>& texts, std::string_view params) {
    const KeyBuilder builder = builder_of(format);
    const CategoryKeys category = category_of(builder, "user_data");
    const auto parts = parts_of(texts);
    aurelis_status status = AURELIS_OK;
    const size_t with_new_scratch = allocations_when_warm([&] {
        KeyScratch scratch;
        BuiltKey built;
        if (status == AURELIS_OK)
            status = builder.build(category, parts, bytes(params), scratch, built, nullptr);
    });
    KeyScratch scratch;
    const size_t with_old_scratch = allocations_when_warm([&] {
        BuiltKey built;
        if (status == AURELIS_OK)
            status = builder.build(category, parts, bytes(params), scratch, built, nullptr);
    });
    CHECK(status == AURELIS_OK);
    return with_new_scratch + with_old_scratch;
}

TEST_CASE("the counter of allocations counts") {
    REQUIRE(kHooked);
    std::vector<std::string> kept;
    kept.reserve(200);
    CHECK(allocations_when_warm([&] { kept.emplace_back(100, 'x'); }) == 100);
    const size_t before = allocations;
    OPENSSL_free(OPENSSL_malloc(100));
    CHECK(allocations > before);
}

TEST_CASE("keys are built without an allocation once the thread is warm") {
    const std::string params =
        R"({"z":[1,2.5,{"b":1,"a":"é"}],"page":1,"limit":10,"nested":{"y":1,"x":{}},"page":2})";
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        for (const std::string_view given :
             {std::string_view(), std::string_view("{}"), std::string_view(params)}) {
            CHECK(allocations_of(format, {"user123"}, given) == 0);
            CHECK(allocations_of(format, {"user:123%"}, given) == 0);
            CHECK(allocations_of(format, {"tenant", "user123", "0123456789abcdef0123456789abcdef"}, given) ==
                  0);
            CHECK(allocations_of(format, {std::string(60000, 'x')}, given) == 0);
        }
    }
}

TEST_CASE("model keys and digests are built without an allocation once the thread is warm") {
    for (const KeyFormat format : {KeyFormat::Default, KeyFormat::Compat}) {
        const KeyBuilder builder = builder_of(format);
        const std::string prompt(5000, 'p');
        CHECK(allocations_when_warm([&] {
                  KeyScratch scratch;
                  BuiltKey built;
                  static_cast<void>(builder.model_key(
                      "github-gpt-4o", prompt, bytes(R"({"temperature":0.7})"), scratch, built, nullptr));
              }) == 0);
    }
    size_t sum = 0;
    CHECK(allocations_when_warm([&] { sum += sha256("abc")[0] + md5("abc")[0]; }) == 0);
    CHECK(sum > 0);
}

}  // namespace
}  // namespace aurelis::core
