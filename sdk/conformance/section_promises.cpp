// Sections for capabilities that promise how something is done: without blocking, without copying, atomically.
#include "isolated.hpp"
#include "sections.hpp"

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>

namespace aurelis::conformance {

namespace {

// How often this thread has given up the processor voluntarily: each wait for a lock, each sleep and each I/O counts.
long waits_of_this_thread() noexcept {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

std::string numbered(const char* stem, int i) { return stem + std::to_string(i); }

// Bytes of the caller that know how often they are retained.
class CountedBytes {
public:
    explicit CountedBytes(size_t size) : bytes_(pattern_of(size, 3)) {}
    ~CountedBytes() = default;
    CountedBytes(const CountedBytes&) = delete;
    CountedBytes& operator=(const CountedBytes&) = delete;

    aurelis_buf buf() noexcept { return {bytes_.data(), bytes_.size(), &kOps, this}; }
    std::string_view view() const noexcept { return bytes_; }
    int held() const noexcept { return held_.load(); }

private:
    static void retain(void* owner) noexcept { ++static_cast<CountedBytes*>(owner)->held_; }
    static void release(void* owner) noexcept { --static_cast<CountedBytes*>(owner)->held_; }
    static constexpr aurelis_buf_ops kOps{sizeof(aurelis_buf_ops), 0, &retain, &release};
    std::string bytes_;
    std::atomic<int> held_{1};
};

constexpr int kBatch = 64;

// A batch of sets; generation is in every value, so that a batch that was half done is noticed.
struct WriteBatch {
    WriteBatch(const Instance& store, int generation) : value("generation " + std::to_string(generation)) {
        for (int i = 0; i < kBatch; ++i) names.push_back(numbered("key", i));
        for (const std::string& name : names) keys.push_back(store.key(name));
        writes.assign(kBatch, Instance::write(value, {}));
    }
    aurelis_status run(Instance& store) {
        each.assign(kBatch, AURELIS_E_FAILED);
        aurelis_call call = store.call();
        return store.ops().multi_write(store.store(), &call, keys.data(), writes.data(), kBatch, each.data(), nullptr);
    }
    std::string value;
    std::vector<std::string> names;
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    std::vector<aurelis_status> each;
};

// The value that all keys of the batch have; nothing if they differ.
std::optional<std::string> common_value(Instance& store) {
    std::optional<std::string> common;
    for (int i = 0; i < kBatch; ++i) {
        const Got got = store.get(numbered("key", i));
        const std::string value = got.status == AURELIS_OK ? std::string(got.view()) : std::string();
        if (common && *common != value) return std::nullopt;
        common = value;
    }
    return common;
}

}  // namespace

// A single thread: nobody else holds a lock, so any wait here is for something outside the process.
void never_blocks(Bench& bench) {
    Instance& store = bench.store();
    constexpr int kCalls = 3000;
    const std::string value = pattern_of(500, 1);
    for (int i = 0; i < 100; ++i) store.set(numbered("warm", i), value);
    const long before = waits_of_this_thread();
    for (int i = 0; i < kCalls; ++i) {
        const std::string key = numbered("key", i % 300);
        AURELIS_EXPECT(store.set(key, value, {}, nullptr, AURELIS_CALL_NO_BLOCK) == AURELIS_OK);
        AURELIS_EXPECT(store.get(key, AURELIS_CALL_NO_BLOCK).is(value));
        if (i % 3 == 0) AURELIS_EXPECT(store.remove(key, AURELIS_CALL_NO_BLOCK) == AURELIS_OK);
    }
    // A few come from the memory allocator and the kernel.
    AURELIS_EXPECT(waits_of_this_thread() - before < kCalls / 100);
}

void copies_nothing(Bench& bench) {
    Instance& store = bench.store();
    const std::string value = pattern_of(50'000, 4);
    AURELIS_EXPECT(store.set("key", value) == AURELIS_OK);
    const int64_t before = bench.host.allocations();
    const Got first = store.get("key"), second = store.get("key");
    AURELIS_EXPECT(first.is(value) && second.is(value));
    AURELIS_EXPECT(first.value.raw().data == second.value.raw().data);
    AURELIS_EXPECT(bench.host.allocations() == before);
}

void adopts_buffers(Bench& bench) {
    CountedBytes bytes(100'000);
    {
        std::unique_ptr<Instance> store = bench.take();
        aurelis_write write{};
        write.value = bytes.buf();
        aurelis_call call = store->call();
        const aurelis_key key = store->key("key");
        const aurelis_status status = store->ops().set(store->store(), &call, &key, &write, nullptr);
        AURELIS_EXPECT(status == AURELIS_OK);
        AURELIS_EXPECT(bytes.held() == 2);
        const Got got = store->get("key");
        AURELIS_EXPECT(got.is(bytes.view()));
        AURELIS_EXPECT(!store->has(AURELIS_CAP_ZERO_COPY) || got.value.raw().data == bytes.view().data());
        store->remove("key");
        AURELIS_EXPECT(got.is(bytes.view()));
    }
    AURELIS_EXPECT(bytes.held() == 1);
}

// An item that cannot be done fails the whole batch; a conflict is an answer and affects only its item.
void batches_are_atomic(Bench& bench) {
    Instance& store = bench.store();
    WriteBatch first(store, 1);
    AURELIS_EXPECT(first.run(store) == AURELIS_OK);
    WriteBatch second(store, 2);
    second.writes[kBatch / 2].flags = 1u << 30;
    AURELIS_EXPECT(second.run(store) == AURELIS_E_UNSUPPORTED);
    AURELIS_EXPECT(second.each.front() == AURELIS_E_FAILED && second.each.back() == AURELIS_E_FAILED);
    AURELIS_EXPECT(common_value(store) == first.value);
    if (!store.has(AURELIS_CAP_CAS)) return;
    WriteBatch third(store, 3);
    third.writes[kBatch / 2].flags = AURELIS_SET_IF_ABSENT;
    AURELIS_EXPECT(third.run(store) == AURELIS_PARTIAL);
    AURELIS_EXPECT(third.each[kBatch / 2] == AURELIS_CONFLICT && third.each.front() == AURELIS_OK);
    AURELIS_EXPECT(store.get("key0").is(third.value));
}

// A process that writes batch after batch is killed in the middle of one; another instance checks what it left.
void batches_survive_whole(Bench& bench) {
    bench.close();
    for (int kill_after = 1; kill_after <= 3; ++kill_after) {
        run_isolated(
            [&](const Teller&) {
                const std::unique_ptr<Instance> store = bench.open();
                if (store == nullptr) return;
                std::atomic<int> done{0};
                std::thread killer([&] {
                    while (done.load() < kill_after) std::this_thread::yield();
                    std::raise(SIGKILL);
                });
                for (int i = 0;; ++i) {
                    WriteBatch batch(*store, 1000 * kill_after + i);
                    if (batch.run(*store) == AURELIS_OK) ++done;
                }
            },
            [](char, std::string) {}, 60);
        const std::unique_ptr<Instance> after = bench.open();
        if (after == nullptr) return;
        AURELIS_EXPECT(common_value(*after).has_value());
    }
}

}  // namespace aurelis::conformance
