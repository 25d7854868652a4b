// Runs operations of many threads, or of two processes with many threads, on one cache and checks every answer against
// a register per key. README.md says what is checked.
#include "stress/model/pause.hpp"
#include "stress/model/setting.hpp"
#include "stress/model/worker.hpp"
#include "support/folder.hpp"

#ifdef AURELIS_MODEL_REDIS
#include "support/redis/redis_server.hpp"
#endif

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <thread>

using namespace aurelis;
using namespace aurelis::stress;

namespace {

struct Options {
    std::string setting = "memory";
    uint64_t operations = 200'000;  // Of all threads of all processes.
    uint64_t threads = 16;          // Of each process.
    uint64_t keys = 400;
    uint64_t seed = 1;
    uint64_t round = 200;  // Operations of a thread between two pauses of two processes.
};

// What processes share.
struct Stage {
    ModelState model;
    Meeting meeting;
    std::array<Tally, kProcessesMax> tallies;
    std::atomic<uint16_t> port{0};
};

bool read_number(const char* text, uint64_t& out) {
    const char* end = text + std::strlen(text);
    const auto read = std::from_chars(text, end, out);
    return read.ec == std::errc{} && read.ptr == end && out != 0;
}

bool read_options(int argc, char** argv, Options& out) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        bool known = true;
        if (name == "--setting")
            out.setting = argv[i + 1];
        else if (name == "--operations")
            known = read_number(argv[i + 1], out.operations);
        else if (name == "--threads")
            known = read_number(argv[i + 1], out.threads);
        else if (name == "--keys")
            known = read_number(argv[i + 1], out.keys);
        else if (name == "--seed")
            known = read_number(argv[i + 1], out.seed);
        else if (name == "--round")
            known = read_number(argv[i + 1], out.round);
        else
            known = false;
        if (!known) return false;
    }
    return argc % 2 == 1 && out.threads <= 32 && out.keys >= 64 && out.keys <= kKeysMax &&
           yaml_of(out.setting, {}).has_value();
}

// One process's part of the run.
void run_process(const Options& options, Stage& stage, size_t process, const std::string& yaml) {
    const bool is_alone = !is_of_two_processes(options.setting);
    Model model(stage.model, process, is_alone ? 1 : 2, is_alone && !has_failing_layer(options.setting));
    OpenOptions opening;
    opening.text = yaml;
    opening.log = [](LogLevel, std::string_view) {};  // What the unreliable backend does would fill it.
    auto opened = Cache::open(opening);
    if (!opened) {
        std::fprintf(stderr, "the cache cannot be opened: %s\n", opened.error().message.c_str());
        std::_Exit(3);
    }
    Cache cache = std::move(opened).value();
    Field field(cache, model, options.keys, is_alone);
    std::vector<std::unique_ptr<Worker>> workers;
    for (uint64_t i = 0; i < options.threads; ++i) {
        const auto number = static_cast<uint32_t>(process * options.threads + i);
        workers.push_back(std::make_unique<Worker>(field, number, options.seed << 16 | number));
    }
    uint64_t left = options.operations / options.threads / (is_alone ? 1 : 2);
    std::optional<Pause> pause;
    if (!is_alone) pause.emplace(field, stage.meeting, process).await_live();
    for (uint64_t round = 1; left != 0; ++round) {
        const uint64_t now = is_alone ? left : std::min(left, options.round);
        std::vector<std::thread> threads;
        for (auto& worker : workers) threads.emplace_back([&worker, now] { worker->run(now); });
        for (std::thread& thread : threads) thread.join();
        left -= now;
        if (pause) pause->hold(round, stage.tallies[process]);
    }
    for (const auto& worker : workers) stage.tallies[process].add(worker->tally());
    const auto closed = cache.close();
    if (!closed) std::fprintf(stderr, "closing: %s\n", closed.error().message.c_str());
}

void run_alone(const Options& options, Stage& stage) {
    const test::Folder folder;
    run_process(options, stage, 0, *yaml_of(options.setting, {folder.path(), AURELIS_MODEL_UNRELIABLE, 0}));
}

#ifdef AURELIS_MODEL_REDIS
// False: the other process has failed.
bool run_two(const Options& options, Stage& stage) {
    const pid_t other = fork();
    if (other < 0) return false;
    if (other == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        stage.meeting.wait();
        run_process(options, stage, 1, *yaml_of(options.setting, {"", AURELIS_MODEL_UNRELIABLE, stage.port}));
        std::fflush(stdout);
        std::_Exit(0);
    }
    rig::RedisServer server;
    stage.port = server.port();
    stage.meeting.wait();
    run_process(options, stage, 0, *yaml_of(options.setting, {"", AURELIS_MODEL_UNRELIABLE, stage.port}));
    int ended = 0;
    return waitpid(other, &ended, 0) == other && WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
}
#else
bool run_two(const Options&, Stage&) {
    std::fprintf(stderr, "built without redis\n");
    return false;
}
#endif

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!read_options(argc, argv, options)) {
        std::fprintf(stderr,
                     "usage: aurelis-model [--setting NAME] [--operations N] [--threads N] [--keys N] [--seed N] "
                     "[--round N]\nNAME: %s; at most 32 threads, 64 to %zu keys\n",
                     kSettings, kKeysMax);
        return 2;
    }
    std::printf("%s: %llu operations of %llu threads%s on %llu keys, seed %llu\n", options.setting.c_str(),
                static_cast<unsigned long long>(options.operations), static_cast<unsigned long long>(options.threads),
                is_of_two_processes(options.setting) ? " in each of two processes" : "",
                static_cast<unsigned long long>(options.keys), static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    const auto began = std::chrono::steady_clock::now();
    Shared<Stage> stage;
    bool sound = true;
    if (is_of_two_processes(options.setting))
        sound = run_two(options, *stage);
    else
        run_alone(options, *stage);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    Tally tally = stage->tallies[0];
    tally.add(stage->tallies[1]);
    tally.print();
    // A cache that holds nothing is never wrong.
    const uint64_t reads = tally[Count::Get] + tally[Count::Load] + tally[Count::LoadBehind];
    const bool hits = tally[Count::Hit] - tally[Count::Computed] > reads / 20;
    if (!hits) std::printf("too few hits for the run to mean anything\n");
    const uint64_t violations = stage->model.violations;
    std::printf("%llu violations in %.1f s\n", static_cast<unsigned long long>(violations), seconds);
    return sound && hits && violations == 0 ? 0 : 1;
}
