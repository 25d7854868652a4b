// Several caches, and several processes, over one Redis: what one writes or removes, the others' copies give way to.
#include "scenarios/redis/redis_scenario.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

using namespace aurelis;
using namespace aurelis::testing;
using namespace aurelis::rig;

namespace {

int64_t mono_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

// This program again, as another process over the same Redis: it does what it is told on its standard input.
class OtherProcess {
public:
    explicit OtherProcess(uint16_t port) {
        int down[2], up[2];
        REQUIRE(pipe(down) == 0);
        REQUIRE(pipe(up) == 0);
        pid_ = fork();
        if (pid_ == 0) {
            dup2(down[0], 0);
            dup2(up[1], 1);
            for (const int end : {down[0], down[1], up[0], up[1]}) close(end);
            setenv("AURELIS_OTHER_PORT", std::to_string(port).c_str(), 1);
            execl("/proc/self/exe", "other", "the other process of the coherence scenarios", nullptr);
            _exit(127);
        }
        close(down[0]);
        close(up[1]);
        to_ = fdopen(down[1], "w");
        from_ = fdopen(up[0], "r");
        REQUIRE(answer() == "ready");
    }
    ~OtherProcess() {
        fclose(to_);
        fclose(from_);
        waitpid(pid_, nullptr, 0);
    }
    std::string tell(const std::string& order) {
        fprintf(to_, "%s\n", order.c_str());
        fflush(to_);
        return answer();
    }

private:
    // Catch2's own lines are passed over.
    std::string answer() {
        char line[256];
        while (fgets(line, sizeof line, from_) != nullptr)
            if (line[0] == '>') return std::string(line + 1, strcspn(line + 1, "\n"));
        return "(gone)";
    }

    pid_t pid_ = -1;
    FILE* to_ = nullptr;
    FILE* from_ = nullptr;
};

void say(const std::string& text) {
    printf("\n>%s\n", text.c_str());
    fflush(stdout);
}

}  // namespace

// Not a test of its own: it runs only as OtherProcess.
TEST_CASE("the other process of the coherence scenarios", "[.]") {
    const char* port = std::getenv("AURELIS_OTHER_PORT");
    REQUIRE(port != nullptr);
    Opened opened(Layers{}.over(static_cast<uint16_t>(std::atoi(port))));
    await_live(opened);
    say("ready");
    char line[256];
    while (fgets(line, sizeof line, stdin) != nullptr) {
        char what[32] = "", id[64] = "", value[64] = "";
        sscanf(line, "%31s %63s %63s", what, id, value);
        const int64_t now = mono_ns();
        if (std::string(what) == "remove") opened.remove(id);
        if (std::string(what) == "set") opened.set(id, value);
        if (std::string(what) == "get") {
            say(opened.get(id));
            continue;
        }
        say(std::to_string(now));
    }
}

TEST_CASE("redis coherence: what one cache sets or removes, another's memory lets go") {
    RedisServer server;
    Opened one(Layers{}.over(server.port())), two(Layers{}.over(server.port()));
    await_live(one);
    await_live(two);
    REQUIRE(one.set("user123", "first") == AURELIS_OK);
    CHECK(two.get("user123") == "first");
    REQUIRE(two.set("user123", "second") == AURELIS_OK);
    require_soon(
        "the change", [&] { return one.get("user123") == "second"; }, Milliseconds(2000));
    REQUIRE(one.remove("user123") == AURELIS_OK);
    require_soon(
        "the removal", [&] { return two.get("user123") == "-"; }, Milliseconds(2000));
    // Own messages are ignored: what was just set stays in memory.
    REQUIRE(one.set("mine", "v") == AURELIS_OK);
    require_soon(
        "the other's copy", [&] { return two.get("mine") == "v"; }, Milliseconds(2000));
    CHECK(one.get("mine") == "v");
    CHECK(one.layer == 1);
}

TEST_CASE("redis coherence: the time from a removal in one process to a miss in another") {
    RedisServer server;
    OtherProcess other(server.port());
    Opened mine(Layers{}.over(server.port()));
    await_live(mine);
    std::vector<double> took;
    for (int round = 0; round < 200; ++round) {
        const std::string id = "k" + std::to_string(round);
        REQUIRE(mine.set(id, "v") == AURELIS_OK);
        CHECK(mine.get(id) == "v");
        std::atomic<int64_t> missed{0};
        std::thread looking([&] {
            const Deadline deadline(Milliseconds(3000));
            while (get_from(mine, id, 1, 2) != "-" && !deadline.passed()) {
            }
            missed = mono_ns();
        });
        const int64_t removed = std::stoll(other.tell("remove " + id));
        looking.join();
        took.push_back(static_cast<double>(missed.load() - removed) / 1000);
        CHECK(mine.get(id) == "-");
    }
    std::sort(took.begin(), took.end());
    WARN("from remove() in one process to a miss in memory in another: median "
         << took[took.size() / 2] << " us, p99 " << took[took.size() * 99 / 100] << " us, slowest " << took.back()
         << " us");
    CHECK(took[took.size() / 2] < 20'000);
}

TEST_CASE("redis coherence: a removal in another process wins over a load in flight") {
    RedisServer server;
    OtherProcess other(server.port());
    Folder folder;
    Layers layers;
    layers.disk = folder / "cache.db";
    Opened mine(layers.over(server.port()));
    await_live(mine);
    struct Slow {
        OtherProcess& other;
        static aurelis_status load(void* self, const aurelis_name*, aurelis_computed* out) noexcept {
            static_cast<Slow*>(self)->other.tell("remove user123");  // While the old truth is on its way.
            out->value = borrowed("old");
            return AURELIS_OK;
        }
    } slow{other};
    const aurelis_bytes part = bytes("user123");
    const aurelis_name name = aurelis_name_of(mine.category(), &part);
    for (int round = 0; round < 20; ++round) {
        aurelis_answer answer{};
        REQUIRE(aurelis_get_or_compute(mine.cache, &name, &Slow::load, &slow, nullptr, nullptr, &answer, nullptr) ==
                AURELIS_OK);
        CHECK(view(answer.value) == "old");  // It answers who asked,
        aurelis_answer_release(&answer);
        for (uint32_t layer = 1; layer <= 3; ++layer)
            CHECK(get_from(mine, "user123", layer, 3) == "-");  // and is kept nowhere.
        CHECK(other.tell("get user123") == "-");
    }
}

TEST_CASE("redis coherence: a set in another process wins over a load in flight, too") {
    RedisServer server;
    OtherProcess other(server.port());
    Opened mine(Layers{}.over(server.port()));
    await_live(mine);
    struct Slow {
        OtherProcess& other;
        static aurelis_status load(void* self, const aurelis_name*, aurelis_computed* out) noexcept {
            static_cast<Slow*>(self)->other.tell("set user123 new");
            out->value = borrowed("old");
            return AURELIS_OK;
        }
    } slow{other};
    const aurelis_bytes part = bytes("user123");
    const aurelis_name name = aurelis_name_of(mine.category(), &part);
    aurelis_answer answer{};
    REQUIRE(aurelis_get_or_compute(mine.cache, &name, &Slow::load, &slow, nullptr, nullptr, &answer, nullptr) ==
            AURELIS_OK);
    aurelis_answer_release(&answer);
    CHECK(mine.get("user123") == "new");
    CHECK(other.tell("get user123") == "new");
}

TEST_CASE("redis coherence: copies serve on while events are lost, and are given up or believed when they flow again") {
    for (const bool believes : {false, true}) {
        INFO((believes ? "believe" : "strict"));
        RedisServer server;
        FaultProxy proxy(server.endpoint());
        Layers layers;
        if (believes) layers.redis += ", after_gap: believe";
        Opened mine(layers.over(proxy.port())), another(Layers{}.over(server.port()));
        await_live(mine);
        REQUIRE(mine.set("user123", "John") == AURELIS_OK);
        const auto gaps = layer_stats(mine, "L2_redis")["following"]["gaps"].get<int>();
        proxy.door(Door::Closed);
        proxy.reset_all();
        require_soon(
            "a gap", [&] { return layer_stats(mine, "L2_redis")["following"]["state"] == "suspect"; },
            Milliseconds(3000));
        CHECK(layer_stats(mine, "L2_redis")["following"]["gaps"].get<int>() > gaps);
        CHECK(mine.get("user123") == "John");
        CHECK(mine.layer == 1);
        REQUIRE(another.set("user123", "Jane") == AURELIS_OK);
        proxy.calm();
        await_live(mine);
        if (believes) {
            CHECK(mine.get("user123") == "John");
        } else {
            require_soon(
                "the new value", [&] { return mine.get("user123") == "Jane"; }, Milliseconds(3000));
        }
    }
}

TEST_CASE("redis coherence: a thousand misses of one key at once are one computation") {
    RedisServer server;
    Opened opened(Layers{}.over(server.port()));
    const aurelis_category* users = opened.category();
    for (int round = 0; round < 5; ++round) {
        const std::string id = "asked" + std::to_string(round);
        std::atomic<int> computed{0}, answered{0};
        std::mutex mutex;
        std::condition_variable go;
        bool started = false;
        std::vector<std::thread> askers;
        struct Counted {
            static aurelis_status compute(void* self, const aurelis_name*, aurelis_computed* out) noexcept {
                ++*static_cast<std::atomic<int>*>(self);
                out->value = borrowed("answer");
                return AURELIS_OK;
            }
        };
        for (int i = 0; i < 1000; ++i)
            askers.emplace_back([&] {
                {
                    std::unique_lock lock(mutex);
                    go.wait(lock, [&] { return started; });
                }
                const aurelis_bytes part = bytes(id);
                const aurelis_name name = aurelis_name_of(users, &part);
                aurelis_answer answer{};
                if (aurelis_get_or_compute(opened.cache, &name, &Counted::compute, &computed, nullptr, nullptr, &answer,
                                           nullptr) == AURELIS_OK) {
                    answered += view(answer.value) == "answer" ? 1 : 0;
                    aurelis_answer_release(&answer);
                }
            });
        {
            std::scoped_lock lock(mutex);
            started = true;
        }
        go.notify_all();
        for (std::thread& asker : askers) asker.join();
        CHECK(computed.load() == 1);
        CHECK(answered.load() == 1000);
    }
}
