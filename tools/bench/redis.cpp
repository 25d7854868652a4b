// The whole stack with Redis as its only layer, compared with bare hiredis on a socket of the same kind, in one run:
// single gets, batches of 100, several threads and value sizes, with client and server on one core and on two, since
// that alone changes a round trip from about 7 to about 65 us. Both sides take turns in short slices; the result is the
// median of the ratios of neighbouring slices. Starts a redis-server of its own and ends it.
//
//   aurelis-bench-redis [--json] [--quick] [--check]
//
// --check: exit status 1 if a figure is missed: 0.9 of bare hiredis for single gets on different cores, 0.8 on the same
// core, 0.9 of a hand-written pipeline for batches, at most 2 us more for a miss through memory, 0.95 of the usual rate
// of hits in memory while the server is stopped.
#include <aurelis/aurelis.h>
#include <aurelis/base/standard_descriptors.hpp>
#include <aurelis/base/bytes.hpp>

#include <hiredis/hiredis.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace aurelis;
using Clock = std::chrono::steady_clock;

struct Settings {
    bool json = false;
    bool quick = false;
    bool check = false;
};

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "aurelis-bench-redis: %s\n", why.c_str());
    std::exit(3);
}

void stay_on(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<size_t>(core), &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}

// A redis-server on a Unix socket and a loopback port, on core 0.
class Server {
public:
    Server() {
        std::string pattern = (std::filesystem::temp_directory_path() / "aurelis-bench-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) give_up("no temporary folder can be made; set TMPDIR");
        folder_ = pattern;
        for (port_ = 20'000 + getpid() % 20'000; !start(); ++port_)
            if (port_ > 45'000) give_up("redis-server does not start; install it, or look at " + folder_ + "/log");
    }
    ~Server() {
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::string socket() const { return folder_ + "/redis.sock"; }
    int port() const { return port_; }
    void pause() const { kill(pid_, SIGSTOP); }
    void resume() const { kill(pid_, SIGCONT); }

private:
    bool start() {
        std::ofstream(folder_ + "/conf") << "port " << port_ << "\nbind 127.0.0.1\nunixsocket " << socket()
                                         << "\nsave \"\"\nlogfile " << folder_ << "/log\ndir " << folder_ << "\n";
        pid_ = fork();
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            stay_on(0);
            execlp("redis-server", "redis-server", (folder_ + "/conf").c_str(), nullptr);
            _exit(127);
        }
        for (int i = 0; i < 500; ++i) {
            if (redisContext* context = redisConnectUnix(socket().c_str())) {
                const bool there = context->err == 0;
                redisFree(context);
                if (there) return true;
            }
            if (waitpid(pid_, nullptr, WNOHANG) == pid_) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        return false;
    }

    std::string folder_;
    int port_ = 0;
    pid_t pid_ = -1;
};

class Cache {
public:
    Cache(const std::string& url, bool memory) {
        const std::string yaml = std::string("layers:\n") +
                                 (memory ? "  - {name: L1, backend: memory, priority: 2, max_entries: 100000}\n" : "") +
                                 "  - {name: L2, backend: redis, priority: 1, options: {url: \"" + url +
                                 "\", pool: {max: 16, idle: 16}}}\n";
        aurelis_open_options options{};
        options.struct_size = sizeof options;
        options.text = bytes(yaml);
        aurelis_error* error = nullptr;
        if (aurelis_open(&options, &cache_, &error) != AURELIS_OK ||
            aurelis_category_open(cache_, bytes("bench"), &category_, &error) != AURELIS_OK)
            give_up(aurelis_error_message(error));
    }
    ~Cache() { aurelis_close(cache_, 0, nullptr); }
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;

    void set(const std::string& id, const std::string& value) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(category_, &part);
        if (aurelis_set(cache_, &name, bytes(value), nullptr, nullptr, nullptr) != AURELIS_OK) give_up("a set failed");
    }
    // Whether the highest layer has the value; a miss there goes on to the others, and the value is copied up.
    bool hits_memory(const std::string& id) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(category_, &part);
        aurelis_answer answer{};
        const bool hit = aurelis_get(cache_, &name, nullptr, &answer, nullptr) == AURELIS_OK && answer.layer == 1;
        aurelis_answer_release(&answer);
        return hit;
    }
    void get(const std::string& id, size_t size) {
        const aurelis_bytes part = bytes(id);
        const aurelis_name name = aurelis_name_of(category_, &part);
        const aurelis_read_options options{
            sizeof(aurelis_read_options), AURELIS_READ_NO_PROMOTE, 0, 0, nullptr, nullptr};
        aurelis_answer answer{};
        if (aurelis_get(cache_, &name, &options, &answer, nullptr) != AURELIS_OK || answer.value.size != size)
            give_up("a get failed");
        aurelis_answer_release(&answer);
    }
    void get_all(const std::vector<std::string>& ids) {
        std::vector<aurelis_bytes> parts;
        for (const std::string& id : ids) parts.push_back(bytes(id));
        std::vector<aurelis_name> names;
        for (const aurelis_bytes& part : parts) names.push_back(aurelis_name_of(category_, &part));
        std::vector<aurelis_answer> answers(ids.size());
        const aurelis_read_options options{
            sizeof(aurelis_read_options), AURELIS_READ_NO_PROMOTE, 0, 0, nullptr, nullptr};
        if (aurelis_multi_get(cache_, names.data(), names.size(), &options, answers.data(), nullptr) != AURELIS_OK)
            give_up("a batch failed");
        for (aurelis_answer& answer : answers) aurelis_answer_release(&answer);
    }

private:
    aurelis_cache* cache_ = nullptr;
    const aurelis_category* category_ = nullptr;
};

class Bare {
public:
    explicit Bare(redisContext* context) : context_(context) {
        if (context == nullptr || context->err != 0) give_up("hiredis cannot connect");
    }
    ~Bare() { redisFree(context_); }
    Bare(const Bare&) = delete;
    Bare& operator=(const Bare&) = delete;

    void set(const std::string& key, const std::string& value) {
        freeReplyObject(redisCommand(context_, "SET %b %b", key.data(), key.size(), value.data(), value.size()));
    }
    void get(const std::string& key) {
        auto* reply = static_cast<redisReply*>(redisCommand(context_, "GET %b", key.data(), key.size()));
        if (reply == nullptr || reply->type != REDIS_REPLY_STRING) give_up("a bare get failed");
        freeReplyObject(reply);
    }
    void get_all(const std::vector<std::string>& keys) {
        for (const std::string& key : keys) redisAppendCommand(context_, "GET %b", key.data(), key.size());
        // Keeps all replies, as a caller that asks for a hundred values would.
        std::vector<void*> replies(keys.size());
        for (void*& reply : replies)
            if (redisGetReply(context_, &reply) != REDIS_OK) give_up("a bare batch failed");
        for (void* reply : replies) freeReplyObject(reply);
    }

private:
    redisContext* context_;
};

// Calls per second of all threads together, each doing `calls` of its own.
double rate(size_t threads, int core, size_t calls, const std::function<void(size_t thread, size_t call)>& one) {
    std::vector<std::thread> running;
    const auto begin = Clock::now();
    for (size_t t = 0; t < threads; ++t)
        running.emplace_back([&, t] {
            stay_on(core);
            for (size_t i = 0; i < calls; ++i) one(t, i);
        });
    for (std::thread& thread : running) thread.join();
    return static_cast<double>(threads * calls) / std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

struct Row {
    std::string what;
    std::string socket;
    const char* cores;
    size_t bytes, threads;
    double bare_us, ours_us, ratio, wanted;
};

class Bench {
public:
    explicit Bench(const Settings& settings) : settings_(settings) {}

    int run() {
        for (const bool unix_socket : {false, true})
            for (const size_t bytes : {size_t{100}, size_t{1} << 10, size_t{64} << 10})
                measure_size(unix_socket, bytes);
        measure_miss();
        measure_outage();
        return report();
    }

private:
    struct Side {
        std::vector<std::unique_ptr<Bare>> bare;
        std::unique_ptr<Cache> ours;
        std::vector<std::string> ids, keys;
    };
    std::string url(bool unix_socket) const {
        return unix_socket ? "unix://" + server_.socket() : "redis://127.0.0.1:" + std::to_string(server_.port());
    }
    std::unique_ptr<Bare> connected(bool unix_socket) const {
        return std::make_unique<Bare>(unix_socket ? redisConnectUnix(server_.socket().c_str())
                                                  : redisConnect("127.0.0.1", server_.port()));
    }

    void measure_size(bool unix_socket, size_t size) {
        Side side;
        side.ours = std::make_unique<Cache>(url(unix_socket), false);
        for (size_t t = 0; t < 8; ++t) side.bare.push_back(connected(unix_socket));
        const std::string value(size, 'v');
        for (int i = 0; i < 100; ++i) {
            side.ids.push_back("user" + std::to_string(i));
            side.keys.push_back("bare:v1:bench:user" + std::to_string(i));
            side.ours->set(side.ids.back(), value);
            side.bare.front()->set(side.keys.back(), value);
        }
        const std::vector<size_t> thread_counts =
            settings_.quick ? std::vector<size_t>{1} : std::vector<size_t>{1, 2, 4, 8};
        for (const int core : {1, 0}) {
            for (const size_t threads : thread_counts) compare_gets(side, unix_socket, size, threads, core);
            compare_batches(side, unix_socket, size, core);
        }
    }

    void compare(const Row& form, size_t calls, const std::function<void(size_t, size_t)>& bare,
                 const std::function<void(size_t, size_t)>& ours, int core, size_t per_call) {
        const size_t rounds = settings_.quick ? 7 : 21;
        std::vector<double> ratios, bare_us, ours_us;
        for (size_t round = 0; round <= rounds; ++round) {
            double first = rate(form.threads, core, calls, bare);
            const double second = rate(form.threads, core, calls, ours);
            const double again = rate(form.threads, core, calls, bare);
            first = (first + again) / 2;
            if (round == 0) continue;  // The first round makes connections and warms caches.
            ratios.push_back(second / first);
            const double scale = 1e6 * static_cast<double>(form.threads) / static_cast<double>(per_call);
            bare_us.push_back(scale / first);
            ours_us.push_back(scale / second);
        }
        Row row = form;
        row.ratio = median(ratios);
        row.bare_us = median(bare_us);
        row.ours_us = median(ours_us);
        rows_.push_back(row);
    }

    void compare_gets(Side& side, bool unix_socket, size_t size, size_t threads, int core) {
        const Row form{"get",
                       unix_socket ? "unix" : "tcp",
                       core == 0 ? "same" : "different",
                       size,
                       threads,
                       0,
                       0,
                       0,
                       core == 0 ? 0.8 : 0.9};
        const size_t calls = (size > 10'000 ? 150u : 600u) / std::min<size_t>(threads, 2) + 1;
        compare(
            form, calls, [&](size_t t, size_t i) { side.bare[t]->get(side.keys[(t * 37 + i) % 100]); },
            [&](size_t t, size_t i) { side.ours->get(side.ids[(t * 37 + i) % 100], size); }, core, 1);
    }

    void compare_batches(Side& side, bool unix_socket, size_t size, int core) {
        const Row form{
            "batch of 100", unix_socket ? "unix" : "tcp", core == 0 ? "same" : "different", size, 1, 0, 0, 0, 0.9};
        const size_t calls = size > 10'000 ? 3 : 20;
        compare(
            form, calls, [&](size_t, size_t) { side.bare[0]->get_all(side.keys); },
            [&](size_t, size_t) { side.ours->get_all(side.ids); }, core, 100);
    }

    // A memory layer above Redis that never gets a copy: what the look-up there adds to the round trip.
    void measure_miss() {
        Cache without(url(false), false), with(url(false), true);
        Cache writer(url(false), false);
        for (int i = 0; i < 100; ++i) writer.set("user" + std::to_string(i), std::string(100, 'v'));
        std::vector<double> added;
        const size_t rounds = settings_.quick ? 9 : 31;
        for (size_t round = 0; round <= rounds; ++round) {
            const auto one = [](Cache& cache) {
                return 1e6 /
                       rate(1, 1, 600, [&](size_t, size_t i) { cache.get("user" + std::to_string(i % 100), 100); });
            };
            const double first = one(without);
            const double second = one(with);
            const double again = one(without);
            if (round != 0) added.push_back(second - (first + again) / 2);
        }
        added_us_ = median(added);
    }

    // The rate of hits in memory while the server is stopped, and the circuit breaker open, against the rate before.
    void measure_outage() {
        Cache cache(url(false), true);
        std::vector<std::string> ids;
        for (int i = 0; i < 1000; ++i) ids.push_back("hit" + std::to_string(i));
        for (const std::string& id : ids) cache.set(id, "John");
        const auto slice = [&] {
            return rate(1, 1, 100'000, [&](size_t, size_t i) {
                if (!cache.hits_memory(ids[i % ids.size()])) give_up("a copy in memory was lost");
            });
        };
        const auto best = [&] { return std::max({slice(), slice(), slice(), slice(), slice()}); };
        std::vector<double> ratios;
        for (size_t round = 0; round < (settings_.quick ? 5u : 15u); ++round) {
            // After an outage copies are fetched again, since changes may have been missed.
            for (bool warm = false; !warm;) {
                warm = true;
                for (const std::string& id : ids) warm = cache.hits_memory(id) && warm;
            }
            const double normal = best();
            server_.pause();
            for (int fast = 0; fast < 10;) {  // Until calls no longer wait for the server.
                const auto begin = Clock::now();
                cache.hits_memory("absent" + std::to_string(round));
                fast = Clock::now() - begin < std::chrono::milliseconds(1) ? fast + 1 : 0;
            }
            ratios.push_back(best() / normal);
            server_.resume();
        }
        outage_ = median(ratios);
    }

    int report() const {
        bool reached = added_us_ <= 2.0 && outage_ >= 0.95;
        nlohmann::json all = nlohmann::json::array();
        if (!settings_.json)
            std::printf("%-13s %-5s %-10s %8s %8s %11s %11s %7s %7s\n", "what", "", "cores", "bytes", "threads",
                        "hiredis us", "aurelis us", "ratio", "wanted");
        for (const Row& row : rows_) {
            const bool missed = row.wanted > 0 && row.ratio < row.wanted;
            reached = reached && !missed;
            all.push_back({{"what", row.what},
                           {"socket", row.socket},
                           {"cores", row.cores},
                           {"bytes", row.bytes},
                           {"threads", row.threads},
                           {"hiredis_us", row.bare_us},
                           {"aurelis_us", row.ours_us},
                           {"ratio", row.ratio},
                           {"wanted", row.wanted}});
            if (settings_.json) continue;
            char wanted[16] = "-";
            if (row.wanted > 0) std::snprintf(wanted, sizeof wanted, "%.2f", row.wanted);
            std::printf("%-13s %-5s %-10s %8zu %8zu %11.2f %11.2f %7.3f %7s%s\n", row.what.c_str(), row.socket.c_str(),
                        row.cores, row.bytes, row.threads, row.bare_us, row.ours_us, row.ratio, wanted,
                        missed ? "  missed" : "");
        }
        if (settings_.json) {
            std::printf("%s\n",
                        nlohmann::json{{"rows", all},
                                       {"miss_through_memory_adds_us", added_us_},
                                       {"hits_while_stopped", outage_},
                                       {"reached", reached}}
                            .dump()
                            .c_str());
        } else {
            std::printf("a miss through memory adds %.2f us to the round trip (wanted: at most 2)%s\n", added_us_,
                        added_us_ > 2.0 ? "  missed" : "");
            std::printf("hits while the server is stopped: %.3f of the usual rate (wanted: at least 0.95)%s\n", outage_,
                        outage_ < 0.95 ? "  missed" : "");
        }
        return settings_.check && !reached ? 1 : 0;
    }

    const Settings settings_;
    Server server_;
    std::vector<Row> rows_;
    double added_us_ = 0;
    double outage_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--json") {
            settings.json = true;
        } else if (word == "--quick") {
            settings.quick = true;
        } else if (word == "--check") {
            settings.check = true;
        } else {
            std::printf("usage: aurelis-bench-redis [--json] [--quick] [--check]\n");
            return word == "--help" ? 0 : 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    return Bench(settings).run();
}
