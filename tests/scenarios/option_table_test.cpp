// The table of options and bounds (sdk/README.md), cell by cell: what one interface refuses, every other refuses as
// well, with the same sentence: C, C batches, the results of computations, C++ and YAML. The command line:
// tests/tools/cli_test.py.
// Covers: core/api/names.cpp, core/flow/entry_terms.cpp
#include "scenarios/scenario.hpp"
#include "support/manual_clock.hpp"

#include <limits>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

constexpr int64_t kDay = int64_t{86'400} * kSecond;
constexpr const char* kLayer = "layers: [{name: L1, backend: memory, priority: 1}]\n";

// One cell: what is given, and how it is refused ("": it is accepted).
struct Row {
    const char* what;
    uint32_t flags = 0;
    int64_t ttl_ns = 0, stale_ns = 0;
    std::vector<std::string> tags{};
    uint32_t entry_flags = 0;
    const char* refusal = "";
    std::optional<WriteOptions> cpp{};  // The same in C++, where it can be expressed.
    const char* yaml = nullptr;         // The same as a category's policy, where it can be expressed,
    const char* yaml_refusal = "";      // and how that is refused.
    int64_t negative_ttl_ns = 0;
    std::string etag{};
    double jitter = 0;
    int64_t idle_ns = 0;
};

std::vector<std::string> numbered(size_t n) {
    std::vector<std::string> tags;
    for (size_t i = 0; i < n; ++i) tags.push_back("t" + std::to_string(i));
    return tags;
}

std::vector<Row> rows() {
    constexpr uint32_t kTtl = AURELIS_WRITE_TTL, kNever = AURELIS_WRITE_NEVER, kStale = AURELIS_WRITE_STALE;
    std::vector<Row> all;
    all.push_back({"nothing", 0, 0, 0, {}, 0, "", WriteOptions{}, "{}"});
    all.push_back({"ttl", kTtl, kSecond, 0, {}, 0, "", WriteOptions{.ttl = 1s}, "{ttl: 1s}"});
    all.push_back({"the least ttl", kTtl, 1, 0, {}, 0, "", WriteOptions{.ttl = 1ns}, "{ttl: 1ns}"});
    all.push_back({"ttl 0", kTtl, 0, 0, {}, 0, "the ttl must be above 0", WriteOptions{.ttl = 0s}, "{ttl: 0}",
                   "expected a duration above 0"});
    all.push_back({"ttl below 0", kTtl, -kSecond, 0, {}, 0, "the ttl must be above 0", WriteOptions{.ttl = -1s},
                   "{ttl: -1s}", "must not be negative"});
    all.push_back({"the longest ttl", kTtl, 106'751 * kDay, 0, {}, 0, "",
                   WriteOptions{.ttl = std::chrono::days(106'751)}, "{ttl: 106751d}"});
    all.push_back({"ttl too long by 1 ns", kTtl, 106'751 * kDay + 1, 0, {}, 0, "the ttl is longer than 106751 days",
                   WriteOptions{.ttl = std::chrono::days(106'751) + 1ns}, "{ttl: 106751d1ns}",
                   "the longest is 106751d"});
    all.push_back({"ttl that would run over", kTtl, INT64_MAX, 0, {}, 0, "the ttl is longer than 106751 days",
                   WriteOptions{.ttl = std::chrono::days(213'504)}, "{ttl: 213504d}", "the longest is 106751d"});
    all.push_back({"ttl that would run over below 0", kTtl, INT64_MIN, 0, {}, 0, "the ttl must be above 0",
                   WriteOptions{.ttl = std::chrono::days(-213'504)}});
    all.push_back({"ttl that is no number", kTtl, INT64_MIN, 0, {}, 0, "the ttl must be above 0",
                   WriteOptions{.ttl = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())},
                   "{ttl: nan}", "expected a duration"});
    all.push_back({"ttl without its flag", 0, kSecond, 0, {}, 0, "ttl_ns is set without AURELIS_WRITE_TTL"});
    all.push_back({"never", kNever, 0, 0, {}, 0, "", WriteOptions{.ttl = never}, "{ttl: never}"});
    all.push_back({"never and a ttl", kTtl | kNever, kSecond, 0, {}, 0, "both a ttl and 'never' are given"});
    all.push_back({"stale", kTtl | kStale, kSecond, kSecond, {}, 0, "", WriteOptions{.ttl = 1s, .stale = 1s},
                   "{ttl: 1s, stale: 1s}"});
    all.push_back({"stale 0", kTtl | kStale, kSecond, 0, {}, 0, "", WriteOptions{.ttl = 1s, .stale = 0s},
                   "{ttl: 1s, stale: 0}"});
    all.push_back({"stale below 0", kTtl | kStale, kSecond, -20 * kSecond, {}, 0, "the stale time must not be below 0",
                   WriteOptions{.ttl = 1s, .stale = -20s}, "{ttl: 1s, stale: -20s}", "must not be negative"});
    all.push_back({"stale too long", kTtl | kStale, kSecond, INT64_MAX, {}, 0,
                   "the stale time is longer than 106751 days",
                   WriteOptions{.ttl = 1s, .stale = std::chrono::days(213'504)}, "{ttl: 1s, stale: 213504d}",
                   "the longest is 106751d"});
    all.push_back({"stale without its flag", kTtl, kSecond, kSecond, {}, 0,
                   "stale_ns is set without AURELIS_WRITE_STALE"});
    all.push_back({"stale without a ttl", kStale, 0, kSecond, {}, 0, "a stale time begins when the ttl ends",
                   WriteOptions{.stale = 1s}});
    all.push_back({"stale and never", kNever | kStale, 0, kSecond, {}, 0, "never expires",
                   WriteOptions{.ttl = never, .stale = 1s}, "{ttl: never, stale: 1s}",
                   "means nothing with 'ttl: never'"});
    all.push_back({"unknown flags", 1u << 9, 0, 0, {}, 0, "bits that this library does not know"});
    all.push_back({"application's flags", 0, 0, 0, {}, 0xffff0000u, "", WriteOptions{.app_flags = 0xffff}});
    all.push_back({"entry flags of the library", 0, 0, 0, {}, 1, "only bits 16 to 31 are the application's"});
    all.push_back({"a tag", 0, 0, 0, {"a"}, 0, "", WriteOptions{.tags = {"a"}}, "{tags: [a]}"});
    all.push_back({"a tag twice", 0, 0, 0, {"a", "a"}, 0, "", WriteOptions{.tags = {"a", "a"}}, "{tags: [a, a]}",
                   "is listed twice"});
    all.push_back({"an empty tag", 0, 0, 0, {"a", ""}, 0, "a tag must have 1 to 1024 bytes",
                   WriteOptions{.tags = {"a", ""}}, "{tags: [a, '']}", "expected a list of names"});
    all.push_back({"the longest tag", 0, 0, 0, {std::string(1024, 'x')}, 0, "",
                   WriteOptions{.tags = {std::string(1024, 'x')}}});
    all.push_back({"a tag too long", 0, 0, 0, {std::string(1025, 'x')}, 0, "a tag must have 1 to 1024 bytes",
                   WriteOptions{.tags = {std::string(1025, 'x')}}});
    all.push_back({"a tag that is not UTF-8", 0, 0, 0, {"\xff"}, 0, "a tag is not UTF-8",
                   WriteOptions{.tags = {"\xff"}}});
    all.push_back({"128 tags", 0, 0, 0, numbered(128), 0, "", WriteOptions{.tags = numbered(128)}});
    all.push_back({"129 tags", 0, 0, 0, numbered(129), 0, "more than 128 tags", WriteOptions{.tags = numbered(129)}});
    constexpr uint32_t kNegative = AURELIS_WRITE_NEGATIVE_TTL;
    const auto negative = [&](const char* what, uint32_t flags, int64_t ns, const char* refusal,
                              std::optional<WriteOptions> cpp = {}, const char* yaml = nullptr,
                              const char* yaml_refusal = "") {
        all.push_back({what, flags, 0, 0, {}, 0, refusal, std::move(cpp), yaml, yaml_refusal, ns});
    };
    negative("negative ttl", kNegative, kSecond, "", WriteOptions{.negative_ttl = 1s}, "{negative_ttl: 1s}");
    negative("negative ttl 0", kNegative, 0, "", WriteOptions{.negative_ttl = 0s}, "{negative_ttl: 0}");
    negative("negative ttl below 0", kNegative, -1, "the negative ttl must not be below 0",
             WriteOptions{.negative_ttl = -1ns}, "{negative_ttl: -1ns}", "must not be negative");
    negative("negative ttl too long", kNegative, INT64_MAX, "the negative ttl is longer than 106751 days",
             WriteOptions{.negative_ttl = std::chrono::days(213'504)}, "{negative_ttl: 213504d}",
             "the longest is 106751d");
    negative("negative ttl without its flag", 0, kSecond, "negative_ttl_ns is set without AURELIS_WRITE_NEGATIVE_TTL");
    const auto etag = [&](const char* what, size_t size, const char* refusal) {
        Row row{what, 0, 0, 0, {}, 0, refusal, WriteOptions{.etag = std::string(size, 'e')}};
        row.etag = std::string(size, 'e');
        all.push_back(std::move(row));
    };
    etag("an etag", 1, "");
    etag("the longest etag", 1024, "");
    etag("an etag too long", 1025, "the etag has more than 1024 bytes");
    const auto jitter = [&](const char* what, uint32_t flags, double share, const char* refusal,
                            const char* yaml = nullptr, const char* yaml_refusal = "") {
        Row row{what, flags, 0, 0, {}, 0, refusal, WriteOptions{.jitter = share}, yaml, yaml_refusal};
        if (flags == 0) row.cpp.reset();
        row.jitter = share;
        all.push_back(std::move(row));
    };
    constexpr uint32_t kJitter = AURELIS_WRITE_JITTER;
    jitter("jitter", kJitter, 0.1, "", "{jitter: 10%}");
    jitter("jitter 0", kJitter, 0, "", "{jitter: 0}");
    jitter("jitter of the whole ttl", kJitter, 1, "the jitter must be at least 0 and below 1", "{jitter: 100%}",
           "expected a share such as 5% or 0.05");
    jitter("jitter below 0", kJitter, -0.1, "the jitter must be at least 0 and below 1", "{jitter: -1%}",
           "expected a share such as 5% or 0.05");
    jitter("jitter that is no number", kJitter, std::numeric_limits<double>::quiet_NaN(),
           "the jitter must be at least 0 and below 1", "{jitter: nan}", "expected a share such as 5% or 0.05");
    jitter("jitter without its flag", 0, 0.1, "jitter is set without AURELIS_WRITE_JITTER");
    const auto idle = [&](const char* what, uint32_t flags, int64_t ns, const char* refusal,
                          std::optional<WriteOptions> cpp = {}, const char* yaml = nullptr,
                          const char* yaml_refusal = "") {
        Row row{what, flags, 0, 0, {}, 0, refusal, std::move(cpp), yaml, yaml_refusal};
        row.idle_ns = ns;
        all.push_back(std::move(row));
    };
    constexpr uint32_t kIdle = AURELIS_WRITE_IDLE;
    idle("idle time", kIdle, kSecond, "", WriteOptions{.idle = 1s}, "{idle: 1s}");
    idle("idle time 0", kIdle, 0, "", WriteOptions{.idle = 0s}, "{idle: 0}");
    idle("idle time below 0", kIdle, -1, "the idle time must not be below 0", WriteOptions{.idle = -1ns},
         "{idle: -1ns}", "must not be negative");
    idle("idle time too long", kIdle, INT64_MAX, "the idle time is longer than 106751 days",
         WriteOptions{.idle = std::chrono::days(213'504)}, "{idle: 213504d}", "the longest is 106751d");
    idle("idle time without its flag", 0, kSecond, "idle_ns is set without AURELIS_WRITE_IDLE");
    return all;
}

struct Said {
    aurelis_write_options options{};
    std::vector<aurelis_bytes> tags;

    explicit Said(const Row& row) {
        for (const std::string& tag : row.tags) tags.push_back(bytes(tag));
        options.struct_size = sizeof options;
        options.flags = row.flags;
        options.ttl_ns = row.ttl_ns;
        options.stale_ns = row.stale_ns;
        options.tags = tags.data();
        options.tag_count = tags.size();
        options.entry_flags = row.entry_flags;
        options.negative_ttl_ns = row.negative_ttl_ns;
        options.idle_ns = row.idle_ns;
        options.etag = bytes(row.etag);
        options.jitter = row.jitter;
    }
};

aurelis_status plain(void*, const aurelis_name*, aurelis_computed* out) noexcept {
    out->value = borrowed("computed");
    return AURELIS_OK;
}
// A set of "k" with options that C++ cannot express.
aurelis_status set_in_c(Opened& opened, const aurelis_write_options& options) {
    const aurelis_bytes part = bytes("k");
    const aurelis_name name = aurelis_name_of(opened.category(), &part);
    return opened.told(
        [&](aurelis_error** e) { return aurelis_set(opened.cache, &name, bytes("v"), &options, nullptr, e); });
}
aurelis_status with_words(void* said, const aurelis_name*, aurelis_computed* out) noexcept {
    const aurelis_write_options& options = static_cast<Said*>(said)->options;
    out->value = borrowed("computed");
    out->flags = options.flags;
    out->ttl_ns = options.ttl_ns;
    out->stale_ns = options.stale_ns;
    out->tags = options.tags;
    out->tag_count = options.tag_count;
    out->entry_flags = options.entry_flags;
    out->negative_ttl_ns = options.negative_ttl_ns;
    out->idle_ns = options.idle_ns;
    out->etag = options.etag;
    out->jitter = options.jitter;
    return AURELIS_OK;
}

}  // namespace

TEST_CASE("option table: what is said of an entry is judged alike by every way in") {
    auto cpp = Cache::open({.text = kLayer});
    REQUIRE(cpp);
    auto category = cpp->category("c");
    REQUIRE(category);
    ManualClock clock;  // It stands, so that a ttl of 1 ns lasts.
    Opened opened(kLayer, clock.table());
    int number = 0;
    for (const Row& row : rows()) {
        INFO(row.what);
        const bool taken = *row.refusal == '\0';
        const auto judged = [&](const char* way, auto&& call) {
            INFO(way);
            const aurelis_status status = opened.told(call);
            INFO(opened.problem);
            CHECK(status == (taken ? AURELIS_OK : AURELIS_E_INVALID));
            CHECK(opened.problem.find(row.refusal) != std::string::npos);
        };
        Said said(row);
        const std::string id = "k" + std::to_string(++number);
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(opened.category(), &part);
        const aurelis_bytes value = bytes("v");
        aurelis_answer answer{};
        judged("set",
               [&](aurelis_error** e) { return aurelis_set(opened.cache, &name, value, &said.options, nullptr, e); });
        CHECK((opened.get(id) == "v") == taken);
        opened.remove(id);
        aurelis_status each = AURELIS_E_FAILED;
        const aurelis_status batch = opened.told([&](aurelis_error** e) {
            return aurelis_multi_set(opened.cache, &name, &value, 1, &said.options, &each, e);
        });
        CHECK((batch == AURELIS_OK) == taken);
        CHECK(each == (taken ? AURELIS_OK : AURELIS_E_INVALID));
        CHECK(opened.problem.find(row.refusal) != std::string::npos);
        opened.remove(id);
        judged("options of a computation", [&](aurelis_error** e) {
            return aurelis_get_or_compute(opened.cache, &name, plain, nullptr, nullptr, &said.options, &answer, e);
        });
        aurelis_answer_release(&answer);
        opened.remove(id);
        judged("result of a computation", [&](aurelis_error** e) {
            return aurelis_get_or_compute(opened.cache, &name, with_words, &said, nullptr, nullptr, &answer, e);
        });
        aurelis_answer_release(&answer);
        CHECK((opened.get(id) == "computed") == taken);
        if (row.cpp) {
            const auto stored = category->set(id, std::string("v"), *row.cpp);
            CHECK(stored.has_value() == taken);
            if (!stored) CHECK(stored.error().message.find(row.refusal) != std::string::npos);
        }
        if (row.yaml != nullptr) {
            Opened configured(kLayer + std::string("categories: {c: ") + row.yaml + "}\n");
            INFO(configured.problem);
            CHECK((configured.status == AURELIS_OK) == (*row.yaml_refusal == '\0'));
            CHECK(configured.problem.find(row.yaml_refusal) != std::string::npos);
        }
    }
}

TEST_CASE("option table: time-outs, flags of a read, layers") {
    Opened opened(kLayer);
    const aurelis_bytes part = bytes("k");
    const aurelis_name name = aurelis_name_of(opened.category(), &part);
    REQUIRE(opened.set("k", "v") == AURELIS_OK);
    const auto every_read = [&](const aurelis_read_options& options, const char* refusal) {
        INFO(refusal);
        const auto judged = [&](auto&& call) {
            CHECK(opened.told(call) == (*refusal == '\0' ? AURELIS_OK : AURELIS_E_INVALID));
            CHECK(opened.problem.find(refusal) != std::string::npos);
        };
        aurelis_answer answer{};
        aurelis_buf text{};
        judged([&](aurelis_error** e) { return aurelis_get(opened.cache, &name, &options, &answer, e); });
        aurelis_answer_release(&answer);
        judged([&](aurelis_error** e) { return aurelis_multi_get(opened.cache, &name, 1, &options, &answer, e); });
        CHECK(answer.status == (*refusal == '\0' ? AURELIS_OK : AURELIS_E_INVALID));
        aurelis_answer_release(&answer);
        judged([&](aurelis_error** e) {
            return aurelis_get_or_compute(opened.cache, &name, plain, nullptr, &options, nullptr, &answer, e);
        });
        aurelis_answer_release(&answer);
        judged([&](aurelis_error** e) { return aurelis_explain(opened.cache, &name, &options, &text, e); });
        aurelis_buf_release(&text);
        const auto visit = [](void*, const aurelis_scanned*) noexcept -> uint32_t { return 1; };
        judged(
            [&](aurelis_error** e) { return aurelis_scan_keys(opened.cache, bytes(""), &options, visit, nullptr, e); });
    };
    aurelis_read_options read{};
    read.struct_size = sizeof read;
    every_read(read, "");
    read.timeout_ns = INT64_MAX;
    every_read(read, "");
    read.timeout_ns = -1;
    every_read(read, "the time-out must not be below 0");
    read.timeout_ns = 0;
    read.flags = 1u << 12;
    every_read(read, "bits that this library does not know");
    read.flags = 0;
    read.skip_layers = ~uint64_t{1};  // Only the first layer: bits of layers that do not exist mean nothing.
    every_read(read, "");

    aurelis_write_options write{};
    write.struct_size = sizeof write;
    write.timeout_ns = -1;
    aurelis_status each = AURELIS_OK;
    uint64_t removed = 0;
    CHECK(set_in_c(opened, write) == AURELIS_E_INVALID);
    CHECK(opened.told([&](aurelis_error** e) { return aurelis_remove(opened.cache, &name, &write, nullptr, e); }) ==
          AURELIS_E_INVALID);
    CHECK(opened.told([&](aurelis_error** e) {
        return aurelis_multi_remove(opened.cache, &name, 1, &write, &each, e);
    }) == AURELIS_E_INVALID);
    CHECK(each == AURELIS_E_INVALID);
    CHECK(opened.told([&](aurelis_error** e) { return aurelis_clear(opened.cache, &write, &removed, e); }) ==
          AURELIS_E_INVALID);
    CHECK(opened.told([&](aurelis_error** e) { return aurelis_flush(opened.cache, -1, e); }) == AURELIS_E_INVALID);
    CHECK(opened.get("k") == "v");
    write.timeout_ns = 0;
    write.cost = 77;
    const aurelis_bytes value = bytes("v");
    REQUIRE(aurelis_multi_set(opened.cache, &name, &value, 1, &write, nullptr, nullptr) == AURELIS_OK);
    aurelis_answer answer{};
    REQUIRE(aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) == AURELIS_OK);
    CHECK(answer.cost == 77);
    aurelis_answer_release(&answer);
    const auto refused =
        Cache::open({.text = kLayer})->close(Duration(std::chrono::seconds(-1)));  // Closed all the same.
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == AURELIS_E_INVALID);
}

TEST_CASE("option table: a struct_size that no header has is refused, and nothing is dropped in silence") {
    Opened opened(kLayer);
    const aurelis_bytes part = bytes("k");
    const aurelis_name name = aurelis_name_of(opened.category(), &part);
    aurelis_answer answer{};
    for (const uint32_t size : {0u, 4u, 8u, uint32_t{sizeof(aurelis_read_options)} - 8,
                                uint32_t{sizeof(aurelis_read_options)} + 1, 5000u, UINT32_MAX}) {
        INFO(size);
        aurelis_read_options read{};
        read.struct_size = size;
        CHECK(opened.told([&](aurelis_error** e) { return aurelis_get(opened.cache, &name, &read, &answer, e); }) ==
              AURELIS_E_INVALID);
        CHECK(opened.problem.find("set it to sizeof(aurelis_read_options)") != std::string::npos);
        aurelis_write_options write{};
        write.struct_size = size == sizeof(read) - 8 ? uint32_t{sizeof write} - 8 : size;
        CHECK(set_in_c(opened, write) == AURELIS_E_INVALID);
        CHECK(opened.problem.find("set it to sizeof(aurelis_write_options)") != std::string::npos);
        aurelis_origin origin{};
        origin.struct_size = size == sizeof(read) - 8 ? 8 : size;
        origin.load = plain;
        CHECK(aurelis_register_origin(opened.cache, bytes("o"), &origin, nullptr) == AURELIS_E_INVALID);
        aurelis_open_options open{};
        open.struct_size = size;
        open.text = bytes("layers: [");
        aurelis_cache* none = nullptr;
        CHECK(opened.told([&](aurelis_error** e) { return aurelis_open(&open, &none, e); }) == AURELIS_E_INVALID);
        CHECK(opened.problem.find("set it to sizeof(aurelis_open_options)") != std::string::npos);
        aurelis_clock clock{};
        clock.struct_size = size == sizeof(read) - 8 ? 8 : size;
        open.struct_size = sizeof open;
        open.clock = &clock;
        CHECK(aurelis_open(&open, &none, nullptr) == AURELIS_E_INVALID);
        CHECK(none == nullptr);
    }
    // A newer header: new members must be zero, anything else is refused.
    struct Newer {
        aurelis_write_options known;
        uint64_t later;
    } newer{};
    newer.known.struct_size = sizeof newer;
    CHECK(set_in_c(opened, newer.known) == AURELIS_OK);
    newer.later = 1;
    CHECK(set_in_c(opened, newer.known) == AURELIS_E_UNSUPPORTED);
    // A report with room for one layer.
    struct Small {
        uint32_t struct_size, layer_count;
        aurelis_status first, untouched;
    } report{16, 0, -1, -77};
    report.struct_size = 16;
    aurelis_write_report full{};
    CHECK(aurelis_set(opened.cache, &name, bytes("v"), nullptr, &full, nullptr) == AURELIS_E_INVALID);
    CHECK(aurelis_set(opened.cache, &name, bytes("v"), nullptr, reinterpret_cast<aurelis_write_report*>(&report),
                      nullptr) == AURELIS_OK);
    CHECK(report.layer_count == 1);
    CHECK(report.first == AURELIS_OK);
}

TEST_CASE("option table: parts, names, values and what is missing") {
    Opened opened(std::string("cache: {max_value_bytes: 1KiB}\n") + kLayer);
    auto cpp = Cache::open({.text = kLayer});
    REQUIRE(cpp);
    auto category = cpp->category("c");
    REQUIRE(category);
    std::vector<aurelis_bytes> parts(17, bytes("p"));
    const auto set = [&](size_t n) {
        aurelis_name name{};
        name.category = opened.category();
        name.parts = parts.data();
        name.part_count = n;
        return opened.told(
            [&](aurelis_error** e) { return aurelis_set(opened.cache, &name, bytes("v"), nullptr, nullptr, e); });
    };
    CHECK(set(16) == AURELIS_OK);
    CHECK(set(17) == AURELIS_E_INVALID);
    CHECK(opened.problem.find("17 parts, the limit is 16") != std::string::npos);
    CHECK(set(0) == AURELIS_E_INVALID);
    parts[3] = bytes("");
    CHECK(set(16) == AURELIS_E_INVALID);
    parts[3] = aurelis_bytes{nullptr, 5};
    CHECK(set(16) == AURELIS_E_INVALID);
    // In C++ a name with too many parts does not become another name.
    CHECK(category->set({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"},
                        std::string("short")));
    const Id longer{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17"};
    const auto refused = category->get<std::string>(longer);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("17 parts, the limit is 16") != std::string::npos);
    CHECK_FALSE(category->set(longer, std::string("v")));
    CHECK_FALSE(category->remove(longer));
    CHECK_FALSE(category->get<std::string>(Id(std::initializer_list<std::string_view>{})));

    CHECK(opened.set("k", std::string(1024, 'x')) == AURELIS_OK);
    CHECK(opened.set("k", std::string(1025, 'x')) == AURELIS_E_TOO_LARGE);
    // The result of a computation answers the callers, but is not kept.
    const aurelis_bytes big = bytes("big");
    const aurelis_name name = aurelis_name_of(opened.category(), &big);
    std::string large(1025, 'x');
    aurelis_answer answer{};
    const auto compute = [](void* text, const aurelis_name*, aurelis_computed* out) noexcept -> aurelis_status {
        out->value = borrowed(*static_cast<std::string*>(text));
        return AURELIS_OK;
    };
    CHECK(aurelis_get_or_compute(opened.cache, &name, compute, &large, nullptr, nullptr, &answer, nullptr) ==
          AURELIS_OK);
    CHECK(view(answer.value) == large);
    aurelis_answer_release(&answer);
    CHECK(opened.get("big") == "-");
    CHECK(opened.stats()["loads_too_large"] == 1);

    CHECK(aurelis_get(opened.cache, nullptr, nullptr, &answer, nullptr) == AURELIS_E_INVALID);
    CHECK(aurelis_get(opened.cache, &name, nullptr, nullptr, nullptr) == AURELIS_E_INVALID);
    CHECK(aurelis_set(opened.cache, &name, aurelis_bytes{nullptr, 3}, nullptr, nullptr, nullptr) == AURELIS_E_INVALID);
    aurelis_write_options tags{};
    tags.struct_size = sizeof tags;
    tags.tag_count = 3;
    CHECK(set_in_c(opened, tags) == AURELIS_E_INVALID);
    aurelis_open_options both{};
    both.struct_size = sizeof both;
    both.file = "x.yaml";
    both.text = bytes(kLayer);
    aurelis_cache* none = nullptr;
    CHECK(aurelis_open(&both, &none, nullptr) == AURELIS_E_INVALID);
}

TEST_CASE("option table: what a category does not say it takes from default, and can take back") {
    Opened opened(std::string(kLayer) +
                  "categories:\n  default: {ttl: 1h, stale: 10m, tags: [all]}\n  plain: {stale: 0, tags: []}\n"
                  "  own: {ttl: never, tags: [mine]}\n");
    REQUIRE(opened.status == AURELIS_OK);
    const auto stored = [&](const char* category) {
        const aurelis_bytes part = bytes("k");
        const aurelis_name name = aurelis_name_of(opened.category(category), &part);
        REQUIRE(aurelis_set(opened.cache, &name, bytes("v"), nullptr, nullptr, nullptr) == AURELIS_OK);
        aurelis_answer answer{};
        REQUIRE(aurelis_get(opened.cache, &name, nullptr, &answer, nullptr) == AURELIS_OK);
        aurelis_answer_release(&answer);
        return answer;
    };
    const aurelis_answer other = stored("other"), plain_one = stored("plain"), own = stored("own");
    CHECK(other.expires_wall - other.stale_wall == 600 * kSecond);
    CHECK(opened.explain("k", "other")["layers"][0]["tags"] == nlohmann::json::array({"all"}));
    CHECK(plain_one.stale_wall == 0);
    CHECK(plain_one.expires_wall != 0);
    CHECK(opened.explain("k", "plain")["layers"][0]["tags"] == nlohmann::json::array());
    CHECK(own.expires_wall == 0);
    CHECK(opened.explain("k", "own")["layers"][0]["tags"] == nlohmann::json::array({"mine"}));
}

TEST_CASE("a compat batch keeps apart what shares a short key") {
    Opened opened(std::string("keys: {format: compat}\n") + kLayer);
    REQUIRE(opened.status == AURELIS_OK);
    // In this format a part with a ':' and two parts have one key, and two identities.
    const aurelis_bytes whole[] = {bytes("a:b")}, two[] = {bytes("a"), bytes("b")};
    aurelis_name one{}, other{};
    one.category = other.category = opened.category();
    one.parts = whole, one.part_count = 1;
    other.parts = two, other.part_count = 2;
    const aurelis_name names[] = {one, other, one};
    const aurelis_bytes mine = bytes("of one");
    REQUIRE(aurelis_set(opened.cache, &one, mine, nullptr, nullptr, nullptr) == AURELIS_OK);
    aurelis_answer answers[3]{};
    CHECK(aurelis_multi_get(opened.cache, names, 3, nullptr, answers, nullptr) == AURELIS_OK);
    CHECK(answers[0].status == AURELIS_OK);
    CHECK(answers[1].status == AURELIS_NOT_FOUND);
    CHECK(answers[2].status == AURELIS_OK);
    for (aurelis_answer& answer : answers) aurelis_answer_release(&answer);
    const aurelis_bytes values[] = {bytes("of one"), bytes("of other")};
    aurelis_status each[2]{-1, -1};
    CHECK(aurelis_multi_set(opened.cache, names, values, 2, nullptr, each, nullptr) == AURELIS_OK);
    CHECK(aurelis_multi_get(opened.cache, names, 3, nullptr, answers, nullptr) == AURELIS_OK);
    CHECK(answers[0].status == AURELIS_NOT_FOUND);  // As after two sets: the later one holds the key.
    REQUIRE(answers[1].status == AURELIS_OK);
    CHECK(view(answers[1].value) == "of other");
    for (aurelis_answer& answer : answers) aurelis_answer_release(&answer);
}
