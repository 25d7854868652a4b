// The promises of the C host API beyond one get: batches, computing, origins, scanning, explaining, forks.
// Covers: core/api/cache.cpp, core/api/cache_load.cpp, core/api/cache_scan.cpp, core/api/cache_write.cpp
// Covers: core/api/host_api.cpp, core/api/report.cpp, core/base/fork_guard.cpp
#include "scenarios/scenario.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;

namespace {

constexpr const char* kMemory = "layers:\n  - {name: L1, backend: memory, priority: 1, max_entries: 10000}\n"
                                "categories:\n  loaded: {origin: \"host:numbers\"}\n  tagged: {tags: [always]}\n";

aurelis_status compute_text(void* user, const aurelis_name*, aurelis_computed* out) noexcept {
    ++*static_cast<std::atomic<int>*>(user);
    out->value = borrowed("computed");
    return AURELIS_OK;
}

}  // namespace

TEST_CASE("batches in C set, get and remove, and say what became of each") {
    Opened opened(kMemory);
    REQUIRE(opened.status == AURELIS_OK);
    const aurelis_category* users = opened.category();
    std::vector<std::string> ids;
    for (int i = 0; i < 3000; ++i) ids.push_back("user" + std::to_string(i % 2900));  // Some twice.
    std::vector<aurelis_bytes> parts, values;
    for (const std::string& id : ids) parts.push_back(bytes(id)), values.push_back(bytes(id));
    std::vector<aurelis_name> names;
    for (const aurelis_bytes& part : parts) names.push_back(aurelis_name_of(users, &part));
    std::vector<aurelis_status> each(ids.size(), -1);
    REQUIRE(aurelis_multi_set(opened.cache, names.data(), values.data(), names.size(), nullptr, each.data(), nullptr) ==
            AURELIS_OK);
    for (const aurelis_status status : each) REQUIRE(status == AURELIS_OK);
    std::vector<aurelis_answer> answers(ids.size());
    REQUIRE(aurelis_multi_get(opened.cache, names.data(), names.size(), nullptr, answers.data(), nullptr) ==
            AURELIS_OK);
    for (size_t i = 0; i < ids.size(); ++i) {
        REQUIRE(answers[i].status == AURELIS_OK);
        REQUIRE(view(answers[i].value) == ids[i]);
        aurelis_answer_release(&answers[i]);
    }
    aurelis_name wrong{};
    names[1] = wrong;
    aurelis_error* error = nullptr;
    CHECK(aurelis_multi_get(opened.cache, names.data(), 3, nullptr, answers.data(), &error) == AURELIS_PARTIAL);
    CHECK(answers[1].status == AURELIS_E_INVALID);
    CHECK(answers[2].status == AURELIS_OK);
    REQUIRE(error != nullptr);
    CHECK(std::string(aurelis_error_message(error)).find("the key is empty") == 0);
    CHECK(aurelis_error_status(error) == AURELIS_PARTIAL);
    CHECK(aurelis_error_item(error, 0) == nullptr);
    CHECK(aurelis_error_item(error, 1) == std::string(aurelis_error_message(error)));
    CHECK(aurelis_error_item(error, 2) == nullptr);
    CHECK(aurelis_error_item(error, 3) == nullptr);
    aurelis_error_free(error);
    aurelis_answer_release(&answers[0]);
    aurelis_answer_release(&answers[2]);
    CHECK(aurelis_multi_remove(opened.cache, names.data() + 2, 100, nullptr, each.data(), nullptr) == AURELIS_OK);
    CHECK(opened.get("user50") == "-");
}

TEST_CASE("an item of a batch in C says why it failed, in every piece of the batch") {
    Opened opened("cache: {max_value_bytes: 1KiB}\n" + std::string(kMemory));
    REQUIRE(opened.status == AURELIS_OK);
    const aurelis_category* users = opened.category();
    std::vector<std::string> ids;
    for (int i = 0; i < 2500; ++i) ids.push_back("user" + std::to_string(i));
    std::vector<aurelis_bytes> parts;
    for (const std::string& id : ids) parts.push_back(bytes(id));
    std::vector<aurelis_name> names;
    for (const aurelis_bytes& part : parts) names.push_back(aurelis_name_of(users, &part));
    std::vector<aurelis_bytes> values(ids.size(), bytes("v"));
    const std::string large(1025, 'x');
    const aurelis_bytes nothing{nullptr, 3};
    names[7].params = bytes("[1]");
    names[2200].params = bytes("{");
    values[1500] = bytes(large);
    values[2400] = nothing;
    std::vector<aurelis_status> each(ids.size(), 77);
    detail::Failure failure;
    CHECK(aurelis_multi_set(opened.cache, names.data(), values.data(), names.size(), nullptr, each.data(),
                            failure.place()) == AURELIS_PARTIAL);
    const std::map<size_t, std::string> wrong{
        {7, "params"},
        {1500, "value 1501 of the batch has 1025 bytes, cache.max_value_bytes is 1024; raise it or store less"},
        {2200, "params"},
        {2400, "value 2401 of the batch has a size but no data; point it to its bytes"}};
    for (size_t i = 0; i < ids.size(); ++i) {
        const auto why = wrong.find(i);
        REQUIRE((each[i] < 0) == (why != wrong.end()));
        const Error said = failure.item(i, 0);
        if (why != wrong.end()) CHECK(said.message.find(why->second) != std::string::npos);
        REQUIRE((said.message == "OK") == (why == wrong.end()));
    }
    CHECK(failure.item(7, 0).message != failure.item(2200, 0).message);
    CHECK(failure.error(0).message == failure.item(7, 0).message);  // The first reason.
    std::vector<aurelis_answer> answers(ids.size());
    detail::Failure reading;
    CHECK(aurelis_multi_get(opened.cache, names.data(), names.size(), nullptr, answers.data(), reading.place()) ==
          AURELIS_PARTIAL);
    for (size_t i = 0; i < ids.size(); ++i) {
        REQUIRE((answers[i].status < 0) == (i == 7 || i == 2200));
        if (i == 7 || i == 2200) CHECK(reading.item(i, 0).message == failure.item(i, 0).message);
        aurelis_answer_release(&answers[i]);
    }
    // Not admitted is failed, too.
    aurelis_write_options options{};
    options.struct_size = sizeof options;
    options.skip_layers = 1;
    detail::Failure skipped;
    CHECK(aurelis_multi_set(opened.cache, names.data(), values.data(), 2, &options, each.data(), skipped.place()) ==
          AURELIS_PARTIAL);
    CHECK(each[1] == AURELIS_NOT_STORED);
    CHECK(skipped.item(1, 0).message == "no layer admitted the value");
    // A call that fails as a whole has its reason for every item.
    options.timeout_ns = -1;
    detail::Failure whole;
    CHECK(aurelis_multi_remove(opened.cache, names.data(), names.size(), &options, each.data(), whole.place()) ==
          AURELIS_E_INVALID);
    CHECK(whole.item(0, 0).message == whole.error(0).message);
    CHECK(whole.item(2499, 0).message == whole.error(0).message);
    CHECK(each[2499] == AURELIS_E_INVALID);
}

TEST_CASE("get_or_compute computes once for all threads and keeps the result") {
    Opened opened(kMemory);
    const aurelis_bytes id = bytes("question");
    const aurelis_name name = aurelis_name_of(opened.category(), &id);
    std::atomic<int> computed{0}, right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t)
        threads.emplace_back([&] {
            aurelis_answer answer{};
            if (aurelis_get_or_compute(opened.cache, &name, compute_text, &computed, nullptr, nullptr, &answer,
                                       nullptr) == AURELIS_OK &&
                view(answer.value) == "computed")
                ++right;
            aurelis_answer_release(&answer);
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(computed == 1);
    CHECK(right == 16);
    CHECK(opened.get("question") == "computed");
}

TEST_CASE("get_or_compute loads from the origin that the host registered") {
    Opened opened(kMemory);
    const aurelis_category* loaded = opened.category("loaded");
    const aurelis_bytes id = bytes("seven"), none = bytes("none");
    const aurelis_name name = aurelis_name_of(loaded, &id), missing = aurelis_name_of(loaded, &none);
    aurelis_answer answer{};
    CHECK(opened.told([&](aurelis_error** error) {
        return aurelis_get_or_compute(opened.cache, &name, nullptr, nullptr, nullptr, nullptr, &answer, error);
    }) == AURELIS_E_INVALID);
    CHECK(opened.problem == "the origin 'host:numbers' is not registered; call aurelis_register_origin first");
    static bool destroyed = false;
    destroyed = false;
    aurelis_origin origin{};
    origin.struct_size = sizeof origin;
    origin.load = [](void*, const aurelis_name* asked, aurelis_computed* out) noexcept -> aurelis_status {
        if (view(asked->parts[0]) == "none") return AURELIS_NOT_FOUND;
        out->value = borrowed("7");
        return AURELIS_OK;
    };
    origin.destroy = [](void*) noexcept { destroyed = true; };
    REQUIRE(aurelis_register_origin(opened.cache, bytes("numbers"), &origin, nullptr) == AURELIS_OK);
    REQUIRE(aurelis_get_or_compute(opened.cache, &name, nullptr, nullptr, nullptr, nullptr, &answer, nullptr) ==
            AURELIS_OK);
    CHECK(view(answer.value) == "7");
    aurelis_answer_release(&answer);
    CHECK(aurelis_get_or_compute(opened.cache, &missing, nullptr, nullptr, nullptr, nullptr, &answer, nullptr) ==
          AURELIS_NOT_FOUND);
    REQUIRE(aurelis_register_origin(opened.cache, bytes("numbers"), &origin, nullptr) == AURELIS_OK);
    CHECK(destroyed);
}

TEST_CASE("scan shows each key of the namespace once, and explain says what a layer holds") {
    Opened opened(kMemory);
    for (int i = 0; i < 1500; ++i) REQUIRE(opened.set("user" + std::to_string(i), "v") == AURELIS_OK);
    std::multiset<std::string> keys;
    const auto keep = [](void* user, const aurelis_scanned* one) noexcept -> uint32_t {
        static_cast<std::multiset<std::string>*>(user)->emplace(view(one->key));
        return 1;
    };
    REQUIRE(aurelis_scan_keys(opened.cache, bytes("*:user1[0-4]?"), nullptr, keep, &keys, nullptr) == AURELIS_OK);
    CHECK(keys.size() == 50);
    CHECK(keys.count("aurelis:v1:user_data:user123") == 1);

    const aurelis_bytes id = bytes("rich");
    const aurelis_name name = aurelis_name_of(opened.category("tagged"), &id);
    const aurelis_bytes tag = bytes("mine");
    aurelis_write_options options{};
    options.struct_size = sizeof options;
    options.flags = AURELIS_WRITE_TTL;
    options.ttl_ns = 60 * kSecond;
    options.tags = &tag;
    options.tag_count = 1;
    REQUIRE(aurelis_set(opened.cache, &name, bytes("12345"), &options, nullptr, nullptr) == AURELIS_OK);
    const uint64_t hits = opened.stats()["layers"][0]["hits"];
    const auto json = opened.explain("rich", "tagged");
    CHECK(json["status"] == "hit");
    CHECK(json["layers"][0]["state"] == "present");
    CHECK(json["layers"][0]["bytes_raw"] == 5);
    CHECK(json["layers"][0]["tags"] == nlohmann::json::array({"always", "mine"}));
    CHECK(json["layers"][0]["ttl_left_ms"] > 50'000);
    CHECK(opened.stats()["layers"][0]["hits"] == hits);
}

TEST_CASE("stale answers are given to those who allow them") {
    ManualClock clock;
    Opened opened(kMemory, clock.table());
    REQUIRE(opened.set("k", "v", {.ttl = std::chrono::seconds(10), .stale = std::chrono::seconds(20)}) == AURELIS_OK);
    const ReadOptions allow{.allow_stale = true};
    CHECK(opened.get("k") == "v");
    clock.advance(11 * kSecond);
    CHECK(opened.get("k") == "-");
    CHECK(opened.get("k", allow) == "~v");
    clock.advance(20 * kSecond);
    CHECK(opened.get("k", allow) == "-");
}

TEST_CASE("a forked child is refused and its parent serves on") {
    Opened opened(kMemory);
    REQUIRE(opened.set("k", "v") == AURELIS_OK);
    const pid_t child = fork();
    if (child == 0) {
        const aurelis_bytes id = bytes("k");
        aurelis_name name{};
        name.key = id;
        aurelis_answer answer{};
        const bool refused = aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) == AURELIS_E_CLOSED &&
                             aurelis_close(opened.cache, 0, nullptr) == AURELIS_E_CLOSED;
        _exit(refused ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(opened.get("k") == "v");
}

TEST_CASE("two caches in one process never meet") {
    Opened one(kMemory), two(kMemory);
    REQUIRE(one.set("k", "of one") == AURELIS_OK);
    CHECK(two.get("k") == "-");
}
