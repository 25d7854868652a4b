// The dictionaries of the stage zstd: what they gain, which are used for writing and reading, and which files are
// refused.
#include "allocation_counter.hpp"
#include "compressor_rig.hpp"
#include "config/option_access.hpp"

#include <zdict.h>
#include <zstd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace aurelis::test;

namespace {

// The ID that belongs to the content, in its place.
std::string named_by_content(std::string dictionary) {
    const uint64_t digest = XXH64(dictionary.data() + 8, dictionary.size() - 8, 0);
    const auto id = static_cast<uint32_t>(digest % ((uint64_t{1} << 31) - 32768) + 32768);
    for (size_t i = 0; i < 4; ++i) dictionary[4 + i] = static_cast<char>(id >> (8 * i));
    return dictionary;
}

std::string train(const std::vector<std::string>& samples, size_t size = 16384) {
    std::string all;
    std::vector<size_t> sizes;
    for (const std::string& sample : samples) {
        all += sample;
        sizes.push_back(sample.size());
    }
    std::string dictionary(size, '\0');
    const size_t made =
        ZDICT_trainFromBuffer(dictionary.data(), size, all.data(), sizes.data(), static_cast<unsigned>(sizes.size()));
    REQUIRE(!ZDICT_isError(made));
    dictionary.resize(made);
    return named_by_content(dictionary);
}

std::vector<std::string> users(uint64_t from, size_t count) {
    std::vector<std::string> made;
    for (size_t i = 0; i < count; ++i) made.push_back(user_record(from + i));
    return made;
}

std::vector<std::string> orders(size_t count) {
    std::vector<std::string> made;
    for (size_t i = 0; i < count; ++i)
        made.push_back("<order number=\"" + std::to_string(i * 7919) + "\"><article>" + std::to_string(i % 97) +
                       "</article><amount currency=\"EUR\">" + std::to_string(i * i % 10007) + "</amount></order>");
    return made;
}

// The two dictionaries that the cases use, trained once.
const std::string& user_dictionary() {
    static const std::string made = train(users(0, 4000));
    return made;
}
const std::string& order_dictionary() {
    static const std::string made = train(orders(4000), 4096);
    return made;
}

// The options of a stage, as YAML would give them.
class ZstdOptions {
public:
    explicit ZstdOptions(int level = 3) { add(root_, "level", std::to_string(level)); }
    ZstdOptions(const ZstdOptions&) = delete;
    ZstdOptions& operator=(const ZstdOptions&) = delete;

    ZstdOptions& list(const std::string& category, const std::vector<std::string>& paths) {
        Node list;
        list.kind = Node::Kind::List;
        for (const std::string& path : paths) list.items.push_back(scalar(path));
        categories_.kind = Node::Kind::Map;
        categories_.members.emplace_back(category, std::move(list));
        return *this;
    }
    ZstdOptions& one(const std::string& category, const std::string& path) {
        add(categories_, category, path);
        return *this;
    }
    ZstdOptions& text(const std::string& value) {
        add(root_, "dictionaries", value);
        return *this;
    }
    const aurelis_node* node() {
        top_ = root_;
        if (!categories_.members.empty()) top_.members.emplace_back("dictionaries", categories_);
        return aurelis::core::as_abi(top_);
    }

private:
    using Node = aurelis::core::Node;
    static Node scalar(const std::string& text) {
        Node node;
        node.kind = Node::Kind::Scalar;
        node.text = text;
        return node;
    }
    static void add(Node& to, const std::string& name, const std::string& text) {
        to.kind = Node::Kind::Map;
        to.members.emplace_back(name, scalar(text));
    }
    Node root_, categories_, top_;
};

std::unique_ptr<Stage> stage_with(ZstdOptions& options) {
    auto opened = Stage::open("zstd", options.node());
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(opened).value();
}

// A key of a category.
class CategoryKey {
public:
    explicit CategoryKey(std::string_view category) {
        subject_.struct_size = sizeof subject_;
        subject_.category = aurelis::bytes(category);
        key_.data = "k";
        key_.size = 1;
        key_.subject = &subject_;
    }
    CategoryKey(const CategoryKey&) = delete;
    CategoryKey& operator=(const CategoryKey&) = delete;
    const aurelis_key* get() const noexcept { return &key_; }

private:
    aurelis_subject subject_{};
    aurelis_key key_{};
};

unsigned id_in(const Coded& packed) { return ZSTD_getDictID_fromFrame(packed.output.data(), packed.output.size()); }
unsigned id_of(const std::string& dictionary) { return ZDICT_getDictID(dictionary.data(), dictionary.size()); }

}  // namespace

TEST_CASE("zstd a dictionary at least doubles the ratio on 300-byte values it was not trained on") {
    const Folder folder;
    ZstdOptions options;
    options.one("user_data", folder.write("users.dict", user_dictionary()));
    const auto with = stage_with(options), without = Stage::of("zstd");
    const CategoryKey key("user_data");
    size_t raw = 0, packed = 0, plain = 0;
    for (const std::string& value : users(1'000'000, 1000)) {
        const Coded coded = with->encode(value, key.get());
        REQUIRE(with->decode(coded.output, value.size()).gives(value));
        raw += value.size();
        packed += coded.output.size();
        plain += without->encode(value).output.size();
    }
    const double ratio = static_cast<double>(raw) / static_cast<double>(packed);
    const double ratio_plain = static_cast<double>(raw) / static_cast<double>(plain);
    std::printf("values of %zu bytes on average: ratio %.2f, without dictionary %.2f\n", raw / 1000, ratio,
                ratio_plain);
    CHECK(raw / 1000 >= 280);
    CHECK(raw / 1000 <= 320);
    CHECK(ratio >= 2 * ratio_plain);
}

TEST_CASE("zstd each category writes with the first of its dictionaries, others with none") {
    const Folder folder;
    const std::string users_file = folder.write("users.dict", user_dictionary());
    const std::string orders_file = folder.write("orders.dict", order_dictionary());
    ZstdOptions options;
    options.list("user_data", {users_file, orders_file}).one("orders", orders_file);
    const auto stage = stage_with(options);
    const CategoryKey user("user_data"), order("orders"), other("user_dat"), longer("user_data2");
    CHECK(id_in(stage->encode("some value", user.get())) == id_of(user_dictionary()));
    CHECK(id_in(stage->encode("some value", order.get())) == id_of(order_dictionary()));
    CHECK(id_in(stage->encode("some value", other.get())) == 0);
    CHECK(id_in(stage->encode("some value", longer.get())) == 0);
    CHECK(id_in(stage->encode("some value")) == 0);
    aurelis_key bare{"k", 1, 0, nullptr};
    CHECK(id_in(stage->encode("some value", &bare)) == 0);
    for (const size_t size : interesting_sizes()) {
        for (const CategoryKey* key : {&user, &order, &other}) expect_round_trip(*stage, records(size), key->get());
        expect_round_trip(*stage, random_bytes(size, size), user.get());
    }
    expect_threads_apart(*stage, user.get());
}

TEST_CASE("zstd an old dictionary listed second still reads, and one that is gone is not found") {
    const Folder folder;
    const std::string old_file = folder.write("users-1.dict", user_dictionary());
    const std::string new_file = folder.write("users-2.dict", train(users(50'000, 2000)));
    const CategoryKey key("user_data");
    const std::string value = user_record(99);
    ZstdOptions before, after, later;
    const auto first = stage_with(before.one("user_data", old_file));
    const std::string packed = first->encode(value, key.get()).output;
    const auto second = stage_with(after.list("user_data", {new_file, old_file}));
    CHECK(second->decode(packed, value.size()).gives(value));
    CHECK(id_in(second->encode(value, key.get())) != id_of(user_dictionary()));
    CHECK(first->decode(second->encode(value, key.get()).output, value.size()).status == AURELIS_NOT_FOUND);
    const auto third = stage_with(later.one("user_data", new_file));
    CHECK(third->decode(packed, value.size()).status == AURELIS_NOT_FOUND);
    CHECK(Stage::of("zstd")->decode(packed, value.size()).status == AURELIS_NOT_FOUND);
    CHECK(third->decode(Stage::of("zstd")->encode(value).output, value.size()).gives(value));
}

TEST_CASE("zstd the tool reads with the same dictionary what the stage writes") {
    const Folder folder;
    const std::string file = folder.write("users.dict", user_dictionary());
    ZstdOptions options;
    const auto stage = stage_with(options.one("user_data", file));
    const CategoryKey key("user_data");
    for (const std::string& value : {std::string(), user_record(5), records(200'000)}) {
        const std::string packed = stage->encode(value, key.get()).output;
        CHECK(through_tool("zstd -dc -D " + file, packed) == value);
        CHECK_THROWS(through_tool("zstd -dc 2> /dev/null", packed));
    }
    CHECK(stage->decode(through_tool("zstd -c --stream-size=300 -D " + file, records(300)), 300).gives(records(300)));
}

TEST_CASE("zstd with a dictionary stands cuts and flips") {
    const Folder folder;
    ZstdOptions options;
    const auto stage = stage_with(options.one("user_data", folder.write("users.dict", user_dictionary())));
    const CategoryKey key("user_data");
    const std::string value = user_record(3), packed = stage->encode(value, key.get()).output;
    expect_cuts_refused(*stage, packed, value.size());
    expect_flips_survived(*stage, packed, value, true);
}

TEST_CASE("zstd refuses what is no dictionary, is damaged, or bears another's ID") {
    const Folder folder;
    const auto refusal = [&](ZstdOptions& options) {
        auto opened = Stage::open("zstd", options.node());
        REQUIRE_FALSE(opened.has_value());
        CHECK(opened.error().status == AURELIS_E_CONFIG);
        return opened.error().message;
    };
    const auto refusal_of = [&](const std::string& path) {
        ZstdOptions options;
        const std::string why = refusal(options.one("user_data", path));
        CHECK_THAT(why, aurelis::testing::holds(path));
        return why;
    };
    CHECK_THAT(refusal_of(folder / "nothing.dict"), aurelis::testing::holds("No such file"));
    CHECK_THAT(refusal_of(folder.path()), aurelis::testing::holds("not a regular file"));
    CHECK_THAT(refusal_of(folder.write("empty.dict", "")), aurelis::testing::holds("not a zstd dictionary"));
    CHECK_THAT(refusal_of(folder.write("text.dict", records(5000))),
               aurelis::testing::holds("aurelis dictionary train"));
    CHECK_THAT(refusal_of(folder.write("large.dict", std::string((16u << 20) + 1, 'x'))),
               aurelis::testing::holds("16 MiB"));
    std::string flipped = user_dictionary();
    flipped[flipped.size() / 2] ^= 1;
    CHECK_THAT(refusal_of(folder.write("flipped.dict", flipped)),
               aurelis::testing::holds("does not belong to its content"));
    CHECK_THAT(refusal_of(folder.write("cut.dict", user_dictionary().substr(0, 5000))),
               aurelis::testing::holds("damaged"));
    std::string broken = user_dictionary();
    for (size_t i = 8; i < 100; ++i) broken[i] = '\xff';
    CHECK_THAT(refusal_of(folder.write("broken.dict", named_by_content(broken))),
               aurelis::testing::holds("damaged dictionary"));

    ZstdOptions word, no_file, nothing;
    CHECK_THAT(refusal(word.text("users.dict")), aurelis::testing::holds("is not a map"));
    CHECK_THAT(refusal(no_file.list("user_data", {})), aurelis::testing::holds("names no file for user_data"));
    const std::string file = folder.write("users.dict", user_dictionary());
    const std::string copy = folder.write("copy.dict", user_dictionary());
    ZstdOptions twice;
    CHECK(stage_with(twice.list("user_data", {file, copy}).one("orders", file)) != nullptr);
    ZstdOptions many;
    std::vector<std::string> paths;
    for (int i = 0; i < 65; ++i) {
        std::string one = user_dictionary();
        one.back() = static_cast<char>(i);
        paths.push_back(folder.write(std::to_string(i) + ".dict", named_by_content(one)));
    }
    CHECK_THAT(refusal(many.list("user_data", paths)), aurelis::testing::holds("64"));
}

TEST_CASE("zstd with dictionaries allocates nothing after a thread's first calls") {
    const Folder folder;
    ZstdOptions options;
    const auto stage = stage_with(options.one("user_data", folder.write("users.dict", user_dictionary())));
    const auto stranger = Stage::of("zstd");
    const CategoryKey key("user_data"), other("other");
    std::vector<std::string> values, packed;
    for (const size_t size : {0u, 300u, 70'000u, 8192u, 300'000u}) {
        values.push_back(records(size));
        packed.push_back(stage->encode(values.back(), key.get()).output);
    }
    std::string room(stage->bound(300'000), '\0');
    const Taken taken = taken_by([&] {
        aurelis_call call = Stage::call();
        size_t written = 0;
        for (size_t i = 0; i < values.size(); ++i) {
            for (const CategoryKey* one : {&key, &other})
                stage->ops().encode(stage->self(), &call, one->get(), aurelis::bytes(values[i]), room.data(),
                                    room.size(), &written);
            for (const auto& one : {stage.get(), stranger.get()})
                one->ops().decode(one->self(), &call, nullptr, aurelis::bytes(packed[i]), room.data(), values[i].size(),
                                  &written);
        }
    });
    CHECK((taken.warming > 0) == kCountsAllocations);
    CHECK(taken.working == 0);
}
