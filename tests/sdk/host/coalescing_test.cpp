// Single loads of a category that are gathered into one request to its origin.
// Covers: core/flow/coalescer.cpp
#include "sdk/host/host_rig.hpp"

#include <atomic>
#include <future>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace std::chrono_literals;

namespace {

using Names = std::span<const NameView>;
using Value = std::optional<std::string>;

template <typename Condition>
void until(Condition&& condition) {
    for (int i = 0; i < 600'000 && !condition(); ++i) std::this_thread::sleep_for(100us);
    REQUIRE(condition());
}

// The category "gathered" waits for 2 ms of a clock that stands still, and for at most 3 names.
struct CoalescingRig : HostRig {
    Category gathered = category("gathered");
    std::mutex calls_mutex;
    std::vector<size_t> calls;  // How many names each request had; guarded by calls_mutex.
    std::atomic<int64_t> deadline{-1};  // Of the last request: 0 for none.

    explicit CoalescingRig(std::function<void()> meanwhile = {}) {
        const auto one = [this](NameView name) {
            note(1);
            return std::string(name.part(0)) + "?";
        };
        const auto many = [this, meanwhile](Names names, std::span<Context> contexts) {
            note(names.size());
            deadline = contexts[0].deadline() ? contexts[0].deadline()->time_since_epoch().count() : 0;
            if (meanwhile) meanwhile();
            std::vector<Result<Value>> made;
            for (const NameView name : names) {
                if (name.part(0) == "bad")
                    made.push_back(fail(-1234, "no"));
                else
                    made.push_back(name.part(0) == "none" ? Value() : Value(std::string(name.part(0)) + "!"));
            }
            return made;
        };
        REQUIRE(cache.register_origin("numbers", one, many));
    }
    void note(size_t names) {
        std::scoped_lock lock(calls_mutex);
        calls.push_back(names);
    }
    std::future<Result<Value>> get(std::string id, const ReadOptions& options = {}) {
        return std::async(std::launch::async,
                          [this, id, options] { return gathered.get_or_load<std::string>(id, {}, options); });
    }
    uint64_t counted(const char* name) { return stats()[name].get<uint64_t>(); }
};

}  // namespace

TEST_CASE("coalescing: loads within the window are one request, and each gets its own answer") {
    CoalescingRig rig;
    auto a = rig.get("a");
    until([&] { return rig.counted("loads") == 1; });
    auto bad = rig.get("bad");
    until([&] { return rig.counted("loads_gathered") == 1; });
    CHECK(rig.calls.empty());
    rig.clock.advance(2'000'000);
    CHECK(a.get().value() == "a!");
    CHECK(bad.get().error().message == "no");
    CHECK(rig.calls == std::vector<size_t>{2});
    CHECK(rig.counted("load_failures") == 1);
    // What was loaded is stored for each name.
    CHECK(rig.gathered.get<std::string>("a").value() == "a!");
    CHECK(rig.gathered.get<std::string>("bad").value() == std::nullopt);
}

TEST_CASE("coalescing: a full request does not wait for the end of the window") {
    CoalescingRig rig;
    auto a = rig.get("a");
    auto b = rig.get("b");
    auto none = rig.get("none");
    CHECK(a.get().value() == "a!");
    CHECK(b.get().value() == "b!");
    CHECK(none.get().value() == std::nullopt);
    CHECK(rig.calls == std::vector<size_t>{3});
}

TEST_CASE("coalescing: a name alone is loaded alone; a batch waits for nobody") {
    CoalescingRig rig;
    auto a = rig.get("a");
    until([&] { return rig.counted("loads") == 1; });
    // While the window is open.
    const std::vector<Id> ids{"x", "y"};
    const auto batch = rig.gathered.multi_get_or_load<std::string>(ids);
    CHECK((*batch)[1].value() == "y!");
    rig.clock.advance(2'000'000);
    CHECK(a.get().value() == "a?");
    CHECK(rig.calls == std::vector<size_t>{2, 1});
    CHECK(rig.counted("loads_gathered") == 0);
}

TEST_CASE("coalescing: the first one's time-out ends the window; who has more time asks alone") {
    CoalescingRig rig;
    ReadOptions hurried, patient;
    hurried.timeout = 1ms;
    patient.timeout = 1h;
    auto a = rig.get("a", hurried);
    until([&] { return rig.counted("loads") == 1; });
    CHECK(rig.get("b", patient).get().value() == "b?");
    auto c = rig.get("c", hurried);
    until([&] { return rig.counted("loads_gathered") == 1; });
    rig.clock.advance(1'000'000);
    CHECK(c.get().value() == "c!");
    CHECK(a.get().value() == "a!");
    CHECK(rig.deadline > 0);
}

TEST_CASE("coalescing: an origin that asks for one of the names that it is loading is told so") {
    std::string why;
    CoalescingRig* at = nullptr;
    CoalescingRig rig([&] {
        for (const char* id : {"a", "b"}) {
            const auto inner = at->gathered.get_or_load<std::string>(id);
            if (!inner) why += inner.error().message + "\n";
        }
    });
    at = &rig;
    auto a = rig.get("a");
    until([&] { return rig.counted("loads") == 1; });
    auto b = rig.get("b");
    until([&] { return rig.counted("loads_gathered") == 1; });
    rig.clock.advance(2'000'000);
    CHECK(a.get().value() == "a!");
    CHECK(b.get().value() == "b!");
    CHECK(std::count(why.begin(), why.end(), '\n') == 2);
    CHECK(why.find("ring") != std::string::npos);
    CHECK(rig.counted("load_rings") == 2);
}

TEST_CASE("coalescing: many threads, each name once") {
    CoalescingRig rig;
    std::atomic<bool> done{false};
    std::thread ticks([&] {
        while (!done) {
            rig.clock.advance(1'000'000);
            std::this_thread::yield();
        }
    });
    std::vector<std::future<size_t>> threads;
    for (int t = 0; t < 8; ++t)
        threads.push_back(std::async(std::launch::async, [&] {
            size_t right = 0;
            for (int i = 0; i < 200; ++i) {
                const std::string id = "n" + std::to_string(i);
                const auto value = rig.gathered.get_or_load<std::string>(id);
                right += value && *value && (**value == id + "!" || **value == id + "?") ? 1 : 0;
            }
            return right;
        }));
    for (auto& thread : threads) CHECK(thread.get() == 200);
    done = true;
    ticks.join();
    size_t names = 0;
    for (const size_t call : rig.calls) names += call;
    CHECK(names == 200);
    for (const size_t call : rig.calls) CHECK(call <= 3);
}
