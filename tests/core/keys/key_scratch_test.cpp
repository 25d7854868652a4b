// Keys that exist at the same time must not share bytes, wherever their memory came from.
#include "key_test_support.hpp"

#include <memory>
#include <thread>

namespace aurelis::core {
namespace {

TEST_CASE("scratches that are alive together never share bytes") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const CategoryKeys category = category_of(builder, "c");
    for (const size_t size : {size_t{10}, size_t{2000}, size_t{60000}}) {
        std::vector<std::unique_ptr<KeyScratch>> scratches;
        std::vector<BuiltKey> keys(20);
        for (size_t at = 0; at < keys.size(); ++at) {
            scratches.push_back(std::make_unique<KeyScratch>());
            const std::string part(size, static_cast<char>('a' + at));
            const std::string params = "{\"n\":" + std::to_string(at) + "}";
            const aurelis_bytes view = bytes(part);
            REQUIRE(builder.build(category, {&view, 1}, bytes(params), *scratches.back(), keys[at],
                                  nullptr) == AURELIS_OK);
        }
        for (size_t at = 0; at < keys.size(); ++at) {
            CHECK(keys[at].key.substr(13, size) == std::string(size, static_cast<char>('a' + at)));
            CHECK(keys[at].params == "{\"n\": " + std::to_string(at) + "}");
            CHECK(keys[at].full_identity().ends_with(keys[at].params));
        }
    }
}

TEST_CASE("one scratch builds short and long keys by turns") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const CategoryKeys category = category_of(builder, "c");
    KeyScratch scratch;
    BuiltKey built;
    for (const size_t size : {3u, 600u, 4u, 65000u, 498u, 499u, 500u}) {
        const std::string part(size, 'x');
        const aurelis_bytes view = bytes(part);
        REQUIRE(builder.build(category, {&view, 1}, {}, scratch, built, nullptr) == AURELIS_OK);
        CHECK(built.key == "aurelis:v1:c:" + part);
        CHECK(built.full_identity() == built.key);
    }
}

// A scratch that outlives the pool of its thread.
struct LateScratch {
    std::unique_ptr<KeyScratch> scratch;
};

TEST_CASE("a scratch may end in another thread, or after its thread's pool") {
    const KeyBuilder builder = builder_of(KeyFormat::Default);
    const CategoryKeys category = category_of(builder, "c");
    const auto build_long = [&](KeyScratch& scratch) {
        const std::string part(1000, 'x');
        const aurelis_bytes view = bytes(part);
        BuiltKey built;
        return builder.build(category, {&view, 1}, {}, scratch, built, nullptr);
    };
    auto moved = std::make_unique<KeyScratch>();
    aurelis_status first = AURELIS_E_FAILED;
    std::thread([&] {
        thread_local LateScratch late;
        late.scratch = std::make_unique<KeyScratch>();
        first = build_long(*late.scratch);
        KeyScratch fills_the_pool;
        if (first == AURELIS_OK) first = build_long(fills_the_pool);
        if (first == AURELIS_OK) first = build_long(*moved);
    }).join();
    CHECK(first == AURELIS_OK);
    moved.reset();
    CHECK(build_long(*std::make_unique<KeyScratch>()) == AURELIS_OK);
}

TEST_CASE("builders serve many threads at once") {
    const KeyBuilder builder = builder_of(KeyFormat::Compat);
    const CategoryKeys category = category_of(builder, "search_results");
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (int& count : wrong) {
        threads.emplace_back([&] {
            for (int round = 0; round < 2000; ++round) {
                KeyScratch scratch;
                BuiltKey built;
                const aurelis_bytes part = bytes("query123");
                const auto status = builder.build(category, {&part, 1}, bytes(R"({"page":1,"limit":10})"),
                                                  scratch, built, nullptr);
                if (status != AURELIS_OK || built.key != "aurelis:v1:search_results:query123:1d1edd5f")
                    ++count;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == std::vector<int>(4, 0));
}

}  // namespace
}  // namespace aurelis::core
