// A store that answers at random: unknown statuses, sizes without bytes, mutated frames, rows of other keys, senseless
// meta. Below a stack it causes no crash, and no value is returned that was not set under its key: the frame protects.
#include "support/catch.hpp"
#include "support/stack_rig.hpp"

#include "base/buffer.hpp"

#include <mutex>
#include <random>
#include <set>
#include <unordered_map>

using namespace aurelis;
using namespace aurelis::core;
using namespace aurelis::testing;

namespace {

// The dice and the rows of all instances; each test makes its own. Promotions come from a worker, hence the lock.
struct Nonsense {
    std::recursive_mutex mutex;  // Guards everything below during a call of the store; batches call the single forms.
    std::mt19937_64 random{1};
    std::map<std::string, std::string> rows;
    uint64_t calls = 0;

    size_t any(size_t bound) { return static_cast<size_t>(random() % bound); }
    aurelis_status status() {
        static constexpr aurelis_status kStatuses[] = {-999, -1, -5, -6, -8, -15,       77,       2,
                                                       3,    4,  5,  6,  7,  INT32_MIN, INT32_MAX};
        return kStatuses[any(std::size(kStatuses))];
    }
    std::string mutated(std::string bytes) {
        for (size_t n = any(4); n > 0 && !bytes.empty(); --n)
            bytes[any(bytes.size())] ^= static_cast<char>(1u << any(8));
        if (any(4) == 0) bytes.resize(any(bytes.size() + 9));
        return bytes;
    }
};

Nonsense*& nonsense() {
    static Nonsense* current = nullptr;
    return current;
}

class NonsenseBackend {
public:
    static constexpr uint64_t kCaps = kDiskCaps;

    static Result<std::unique_ptr<NonsenseBackend>> create(const plugin::Setup& setup) {
        auto made = std::make_unique<NonsenseBackend>();
        made->host_ = setup.host;
        return made;
    }

    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
        const std::scoped_lock lock(dice().mutex);
        const size_t kind = next(call, 10);
        if (kind == 0) return dice().status();
        if (kind == 1) return AURELIS_NOT_FOUND;
        if (kind == 2) return AURELIS_OK;  // And wrote nothing.
        *out = aurelis_entry{};
        random_meta(out->meta);
        if (kind == 3) {
            out->value.size = 10;
            out->attrs.size = 10;
            return AURELIS_OK;
        }
        const auto row = kind == 4 ? any_row() : dice().rows.find(text(key));
        if (row == dice().rows.end()) return AURELIS_NOT_FOUND;
        give(kind == 5 ? dice().mutated(row->second) : row->second, out);
        return AURELIS_OK;
    }
    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t* version) {
        const std::scoped_lock lock(dice().mutex);
        const size_t kind = next(call, 6);
        if (version != nullptr) *version = dice().random();
        if (kind == 0) return dice().status();
        dice().rows[text(key)] = std::string(view(write.value));
        return kind == 1 ? dice().status() : aurelis_status{AURELIS_OK};
    }
    aurelis_status remove(aurelis_call* call, const aurelis_key& key) {
        const std::scoped_lock lock(dice().mutex);
        const size_t kind = next(call, 6);
        if (kind == 0) return dice().status();
        if (kind != 1) dice().rows.erase(text(key));
        return kind == 2 ? AURELIS_NOT_FOUND : AURELIS_OK;
    }
    aurelis_status multi_get(aurelis_call* call, const aurelis_key* keys, size_t n, aurelis_entry* out) {
        const std::scoped_lock lock(dice().mutex);
        const size_t kind = next(call, 8);
        if (kind == 0) return dice().status();  // Some of these are not errors, and nothing is written.
        for (size_t i = 0; i < n; ++i) out[i].status = get(call, keys[i], &out[i]);
        return kind == 1 ? AURELIS_PARTIAL : AURELIS_OK;
    }
    aurelis_status multi_write(aurelis_call* call, const aurelis_key* keys, const aurelis_write* writes, size_t n,
                               aurelis_status* each, uint64_t*) {
        const std::scoped_lock lock(dice().mutex);
        if (next(call, 8) == 0) return dice().status();
        for (size_t i = 0; i < n; ++i)
            each[i] = (writes[i].flags & AURELIS_SET_REMOVE) != 0 ? remove(call, keys[i])
                                                                  : set(call, keys[i], writes[i], nullptr);
        return AURELIS_OK;
    }
    aurelis_status remove_matching(aurelis_call* call, const aurelis_match&, uint64_t* removed) {
        const std::scoped_lock lock(dice().mutex);
        *removed = dice().random();
        if (next(call, 2) == 0) return dice().status();
        if (dice().any(2) == 0) dice().rows.clear();
        return AURELIS_OK;
    }

private:
    static Nonsense& dice() { return *nonsense(); }
    static std::string text(const aurelis_key& key) { return {static_cast<const char*>(key.data), key.size}; }
    // Which of that many kinds of answer; now and then with a senseless error text.
    static size_t next(aurelis_call* call, size_t kinds) {
        ++dice().calls;
        if (dice().any(5) == 0) call->set_error(call, dice().status(), dice().any(2) == 0 ? nullptr : "\xff\n\0x", 0);
        if (dice().any(9) == 0) call->set_error(call, dice().status(), "\xff\n\0x", 4);
        return dice().any(kinds);
    }
    static void random_meta(aurelis_meta& meta) {
        static constexpr int64_t kTimes[] = {INT64_MIN, -1, 0, 1, ManualClock::kStart, INT64_MAX};
        for (int64_t* time : {&meta.created_wall, &meta.stale_wall, &meta.expires_wall}) *time = kTimes[dice().any(6)];
        meta.version = dice().random();
        meta.flags = static_cast<uint32_t>(dice().random());
        meta.cost = static_cast<uint32_t>(dice().random());
    }
    static std::map<std::string, std::string>::iterator any_row() {
        auto row = dice().rows.begin();
        if (!dice().rows.empty()) std::advance(row, dice().any(dice().rows.size()));
        return row;
    }
    void give(const std::string& stored, aurelis_entry* out) {
        Pinned copy = host_.copy(stored);
        out->value = copy.give();
        if (dice().any(4) == 0) out->attrs = {out->value.data, out->value.size};
        out->layer = static_cast<uint16_t>(dice().random());
    }

    plugin::Host host_;
};

LayerSpec nonsense_layer(const std::string& name) {
    static constexpr aurelis_component kComponent = plugin::backend<NonsenseBackend>("nonsense", "Answers at random.");
    static const PluginModule module{"nonsense.so", "", nullptr};
    LayerSpec spec;
    spec.name = name;
    spec.backend = "nonsense";
    spec.place = "test.yaml:1";
    spec.max_value_bytes = 1 << 20;
    spec.component = {&module, &kComponent};
    spec.options.kind = Node::Kind::Map;
    return spec;
}

// Random operations; what comes back must have been set under its key at some time.
class Storm {
public:
    explicit Storm(StackRig& rig) : rig_(rig) {
        for (int i = 0; i < 40; ++i) names_.push_back("key" + std::to_string(i));
    }

    void step(std::mt19937_64& random) {
        const std::string& name = names_[random() % names_.size()];
        const size_t kind = random() % 1000;
        if (kind == 0) return clear();
        if (kind < 500) return got(name, rig_.get(name));
        if (kind < 800) return set(name, fresh(random));
        if (kind < 900) return static_cast<void>(rig_.remove(name));
        kind < 950 ? multi_get(random) : multi_write(random);
    }
    uint64_t answers() const { return answers_; }

private:
    std::string fresh(std::mt19937_64& random) { return std::to_string(++last_) + std::string(random() % 60, 'v'); }
    void got(const std::string& name, std::string value) {
        if (value == "-") return;
        if (value.rfind("~", 0) == 0) value.erase(0, 1);
        ++answers_;
        if (were_set_[name].count(value) == 0) FAIL(name << " was never set to " << value);
    }
    void set(const std::string& name, const std::string& value) {
        were_set_[name].insert(value);
        rig_.set(name, value, 3600 * kSecond);
    }
    void clear() {
        CallContext context;
        rig_.prime(context);
        uint64_t removed = 0;
        rig_.stack->clear(context, "", removed);
    }
    std::vector<aurelis_key> some_keys(std::mt19937_64& random) {
        std::vector<aurelis_key> keys;
        for (const std::string& name : names_)
            if (random() % 3 == 0) keys.push_back(StackRig::key(name));
        if (keys.empty()) keys.push_back(StackRig::key(names_[0]));
        return keys;
    }
    void multi_get(std::mt19937_64& random) {
        const std::vector<aurelis_key> keys = some_keys(random);
        std::vector<aurelis_entry> found(keys.size());
        CallContext context;
        rig_.prime(context);
        rig_.stack->multi_get(context, keys.data(), keys.size(), found.data());
        for (size_t i = 0; i < keys.size(); ++i) {
            if (found[i].status != AURELIS_OK && found[i].status != AURELIS_STALE) continue;
            const Pinned value(found[i].value);
            got(std::string(text_of(keys[i])), std::string(value.view()));
        }
    }
    void multi_write(std::mt19937_64& random) {
        const std::vector<aurelis_key> keys = some_keys(random);
        std::vector<std::string> values;
        std::vector<aurelis_write> writes(keys.size());
        for (size_t i = 0; i < keys.size(); ++i) values.push_back(fresh(random));
        for (size_t i = 0; i < keys.size(); ++i) {
            if (random() % 4 == 0) {
                writes[i].flags = AURELIS_SET_REMOVE;
                continue;
            }
            writes[i].value = borrowed(values[i]);
            writes[i].meta.created_wall = rig_.runtime.clock.stamp();
            were_set_[std::string(text_of(keys[i]))].insert(values[i]);
        }
        std::vector<aurelis_status> each(keys.size());
        CallContext context;
        rig_.prime(context);
        rig_.stack->multi_write(context, keys.data(), writes.data(), keys.size(), each.data());
    }

    StackRig& rig_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, std::set<std::string>> were_set_;
    uint64_t last_ = 0;
    uint64_t answers_ = 0;
};

void storm(std::vector<LayerSpec> layers, int operations, uint64_t seed) {
    Nonsense dice;
    dice.random.seed(seed);
    nonsense() = &dice;
    StackRig rig;
    rig.open(std::move(layers));
    Storm work(rig);
    std::mt19937_64 random(seed + 1);
    for (int i = 0; i < operations; ++i) {
        work.step(random);
        if (i % 64 == 0) rig.clock.advance(static_cast<int64_t>(random() % 1000) * 1'000'000);
        if (i % 1024 != 0) continue;
        CallContext context;
        rig.stack->flush(context, INT64_MAX);
    }
    CHECK(work.answers() > static_cast<uint64_t>(operations) / 20);
    rig.stack->close();
    CHECK(dice.calls > static_cast<uint64_t>(operations));
    size_t longest = 0;
    for (const std::string& line : rig.log) longest = std::max(longest, line.size());
    CHECK(longest < 300);  // A failure is reported once, not wrapped in the text of the one before.
}

}  // namespace

TEST_CASE("stack over a store that answers nonsense gives nothing that was not set under its key") {
    storm({nonsense_layer("L1")}, 100'000, 11);
}

TEST_CASE("stack with nonsense above and below gives nothing that was not set under its key") {
    World world;
    storm({nonsense_layer("L1"), nonsense_layer("L2")}, 50'000, 12);
    storm({test_layer("L1", world, test_component<kMemoryCaps>()), nonsense_layer("L2")}, 50'000, 13);
}
