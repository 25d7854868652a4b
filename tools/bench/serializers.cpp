// What serializers cost and gain: each stage and some chains through the plugin's table, compared with the bare library
// calls, on JSON responses, prompts and source text of several sizes. The two are measured in turns, in slices of about
// a millisecond, and compared pair by pair, since machines are noisy.
//
//   aurelis-bench-serializers [--json] [--quick] [--check] [--only NAME]
//                             [--text FOLDER] [--data FOLDER] [--plugins FOLDER]
#include "coders.hpp"
#include "texts.hpp"

#include <aurelis/base/standard_descriptors.hpp>

#include <nlohmann/json.hpp>

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace aurelis;
using namespace aurelis::bench;

constexpr size_t kSizes[] = {200, 1024, 8192, 65536, 1048576};
constexpr size_t kSmallBelow = 8192;
constexpr double kShareMin = 0.95;   // Of the bare call's speed, for values from kSmallBelow on.
constexpr double kAddedNsMax = 150;  // For smaller values.
// A figure that is missed is measured again, with new contexts: depending on the address of its context, a bare call of
// zstd is up to 600 ns slower than with another one, and another process may have interfered.
constexpr int kTries = 3;

struct Settings {
    bool json = false, quick = false, check = false;
    std::string only;
    std::string text = AURELIS_BENCH_TEXT;
    std::string data = AURELIS_BENCH_DATA;
    std::string plugins = AURELIS_BENCH_PLUGINS;
};

struct Contest {
    std::vector<StageName> stages;

    std::string text() const {
        std::string all;
        for (const StageName& stage : stages) all += (all.empty() ? "" : " + ") + stage.text();
        return all;
    }
    bool needs_json() const { return stages.front().type == "json" || stages.front().type == "msgpack"; }
    // Styles make no difference to other stages.
    bool measures(Kind kind) const {
        return kind == Kind::Json || (needs_json() ? stages.size() == 1 && is_json(kind) : !is_json(kind));
    }
    bool only_marks() const { return stages.size() == 1 && stages.front().type == "json"; }
};

std::vector<Contest> contests() {
    return {{{{"json"}}},
            {{{"msgpack"}}},
            {{{"gzip", 1}}},
            {{{"gzip", 6}}},
            {{{"lz4", 1}}},
            {{{"lz4", 9}}},
            {{{"zstd", 1}}},
            {{{"zstd", 3}}},
            {{{"zstd", 9}}},
            {{{"json"}, {"lz4", 1}}},
            {{{"msgpack"}, {"lz4", 1}}},
            {{{"msgpack"}, {"zstd", 3}}},
            {{{"json"}, {"zstd", 3}}}};
}

// Nanoseconds per value, and how the two compare.
struct Compared {
    double plugin_ns = 0, bare_ns = 0;
    double share = 0;     // The plugin's speed relative to the bare call's: the median of the pairs.
    double added_ns = 0;  // The difference between the best slices of each.
};

struct Row {
    std::string stages;
    Kind kind;
    size_t bytes = 0;       // Requested.
    double mean_bytes = 0;  // Actual.
    double ratio = 0;
    Compared encode, decode;  // Marks are never decoded.
    bool decodes = true;
};

double median(std::vector<double> of) {
    std::nth_element(of.begin(), of.begin() + static_cast<long>(of.size() / 2), of.end());
    return of[of.size() / 2];
}

// This thread's processor time: the work of others on the machine is not counted, though it has an effect.
double thread_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Runs one of the two on all values in turn; each slice continues where the last one ended.
template <typename Step>
class Sliced {
public:
    Sliced(size_t values, Step step) : values_(values), step_(step) {}

    double ns_per_value(size_t times) {
        const double begin = thread_ns();
        for (size_t i = 0; i < times; ++i) {
            step_(at_);
            at_ = at_ + 1 == values_ ? 0 : at_ + 1;
        }
        return (thread_ns() - begin) / static_cast<double>(times);
    }

private:
    size_t values_, at_ = 0;
    Step step_;
};

template <typename Plugin, typename Bare>
Compared compare(const Settings& settings, size_t values, Plugin plugin_step, Bare bare_step) {
    Sliced<Plugin> plugin(values, plugin_step);
    Sliced<Bare> bare(values, bare_step);
    const double slice_ns = settings.quick ? 5e5 : 1e6;
    const double all_ns = settings.quick ? 1e7 : 6e7;
    plugin.ns_per_value(values);
    const double warm = std::max(1.0, bare.ns_per_value(values));
    // Whole rounds over the values, so that both always do the same work.
    const size_t turns = std::max<size_t>(1, static_cast<size_t>(slice_ns / warm / static_cast<double>(values)));
    const size_t times = turns * values;
    const double pair_ns = 2 * warm * static_cast<double>(times);
    const int rounds = std::clamp(static_cast<int>(all_ns / pair_ns), 7, 31);
    std::vector<double> plugin_ns, bare_ns, shares;
    for (int round = 0; round < rounds; ++round) {
        double mine = 0, theirs = 0;
        if (round % 2 == 0) mine = plugin.ns_per_value(times);
        theirs = bare.ns_per_value(times);
        if (round % 2 != 0) mine = plugin.ns_per_value(times);
        plugin_ns.push_back(mine);
        bare_ns.push_back(theirs);
        shares.push_back(theirs / mine);
    }
    // Some ten nanoseconds in thousands are visible only without disturbances, which always add time: so the best
    // slices are compared.
    const double added =
        *std::min_element(plugin_ns.begin(), plugin_ns.end()) - *std::min_element(bare_ns.begin(), bare_ns.end());
    return {median(plugin_ns), median(bare_ns), median(shares), added};
}

// What nlohmann-json writes for a text of this kind; it leaves out Python's spaces and so has less to do.
JsonStyle style_of(Kind kind) {
    return {kind == Kind::IndentedJson ? 2 : -1, kind == Kind::PythonJson || kind == Kind::EscapedJson};
}
bool writes_exactly(Kind kind) { return kind != Kind::PythonJson && kind != Kind::EscapedJson; }

// The outputs of one coder for all values; empty: it declines one or does not restore it.
std::vector<std::string> encoded_by(Coder& coder, const std::vector<std::string>& values, bool decodes, bool exactly) {
    std::vector<std::string> all;
    std::string room, back;
    for (const std::string& value : values) {
        room.resize(coder.bound(value.size()));
        back.resize(value.size());
        const size_t written = coder.encode(value, room.data(), room.size());
        if (written == 0) return {};
        all.push_back(decodes ? room.substr(0, written) : value);
        if (!decodes) continue;
        const size_t decoded = coder.decode(all.back(), back.data(), back.size());
        if (exactly ? decoded != value.size() || back != value : decoded == 0) return {};
    }
    return all;
}

Row measure(const Settings& settings, const Contest& contest, Coder& plugin, Coder& bare, Kind kind, size_t bytes,
            const std::vector<std::string>& values) {
    Row row{contest.text(), kind, bytes, 0, 0, {}, {}, !contest.only_marks()};
    const std::vector<std::string> by_plugin = encoded_by(plugin, values, row.decodes, true);
    const std::vector<std::string> by_bare = encoded_by(bare, values, row.decodes, writes_exactly(kind));
    if (by_plugin.empty() || by_bare.empty()) {
        std::fprintf(stderr, "%s: %s of %zu bytes do not come back\n", row.stages.c_str(), name_of(kind), bytes);
        return row;
    }
    size_t before = 0, after = 0;
    for (const std::string& value : values) before += value.size();
    for (const std::string& value : by_plugin) after += value.size();
    row.mean_bytes = static_cast<double>(before) / static_cast<double>(values.size());
    row.ratio = static_cast<double>(before) / static_cast<double>(after);
    std::string room;
    for (const std::string& value : values) {
        const size_t most = std::max(plugin.bound(value.size()), bare.bound(value.size()));
        if (room.size() < most) room.resize(most);
    }
    size_t failures = 0;
    const auto encode_with = [&](Coder& coder) {
        return [&](size_t i) { failures += coder.encode(values[i], room.data(), coder.bound(values[i].size())) == 0; };
    };
    row.encode = compare(settings, values.size(), encode_with(plugin), encode_with(bare));
    if (!row.decodes) return row;
    const auto decode_with = [&](Coder& coder, const std::vector<std::string>& encoded) {
        return [&](size_t i) { failures += coder.decode(encoded[i], room.data(), values[i].size()) == 0; };
    };
    row.decode = compare(settings, values.size(), decode_with(plugin, by_plugin), decode_with(bare, by_bare));
    if (failures != 0) std::fprintf(stderr, "%s: %zu calls failed\n", row.stages.c_str(), failures);
    return row;
}

// What misses its limit in a row; empty: nothing, or it has no limits.
std::string missed(const Contest& contest, const Row& row) {
    if (contest.stages.size() > 1) return {};
    const auto judged = [&](const char* way, const Compared& of) {
        char text[160];
        if (contest.needs_json()) {
            if (of.share >= 1) return std::string();
            std::snprintf(text, sizeof text, "%s at %.2f of nlohmann-json", way, of.share);
        } else if (row.bytes >= kSmallBelow) {
            if (of.share >= kShareMin) return std::string();
            std::snprintf(text, sizeof text, "%s at %.3f of the bare call", way, of.share);
        } else {
            if (of.added_ns <= kAddedNsMax) return std::string();
            std::snprintf(text, sizeof text, "%s adds %.0f ns to the bare call", way, of.added_ns);
        }
        return std::string(text);
    };
    if (row.ratio == 0) return "not measured";
    const std::string encode = judged("encode", row.encode);
    return !encode.empty() || !row.decodes ? encode : judged("decode", row.decode);
}

std::unique_ptr<Coder> bare_way(const Contest& contest, Kind kind) {
    std::vector<std::unique_ptr<Coder>> coders;
    for (const StageName& name : contest.stages) coders.push_back(bare_coder(name, style_of(kind)));
    return chain_of(std::move(coders));
}

double megabytes_per_second(const Row& row, double ns) { return ns > 0 ? row.mean_bytes * 1e3 / ns : 0; }

void print_head() {
    std::printf("%-18s %-8s %8s %6s | %9s %9s %6s %8s | %9s %9s %6s %8s\n", "", "", "", "", "encode", "bare", "",
                "added", "decode", "bare", "", "added");
    std::printf("%-18s %-8s %8s %6s | %9s %9s %6s %8s | %9s %9s %6s %8s\n", "stages", "text", "bytes", "ratio", "MB/s",
                "MB/s", "share", "ns", "MB/s", "MB/s", "share", "ns");
}

void print_row(const Row& row) {
    std::printf("%-18s %-8s %8zu %6.2f", row.stages.c_str(), name_of(row.kind), row.bytes, row.ratio);
    for (const Compared* of : {&row.encode, &row.decode}) {
        if (of == &row.decode && !row.decodes) continue;
        std::printf(" | %9.1f %9.1f %6.2f %8.0f", megabytes_per_second(row, of->plugin_ns),
                    megabytes_per_second(row, of->bare_ns), of->share, of->added_ns);
    }
    std::printf("\n");
    std::fflush(stdout);
}

void print_json(const Row& row) {
    const auto of = [&](const Compared& one) {
        return nlohmann::ordered_json{{"mb_per_s", megabytes_per_second(row, one.plugin_ns)},
                                      {"bare_mb_per_s", megabytes_per_second(row, one.bare_ns)},
                                      {"share", one.share},
                                      {"added_ns", one.added_ns}};
    };
    nlohmann::ordered_json json{
        {"stages", row.stages}, {"text", name_of(row.kind)}, {"bytes", row.bytes}, {"ratio", row.ratio}};
    json["encode"] = of(row.encode);
    if (row.decodes) json["decode"] = of(row.decode);
    std::printf("%s\n", json.dump().c_str());
    std::fflush(stdout);
}

int run(const Settings& settings) {
    auto texts = Texts::read(settings.data, settings.text);
    if (!texts) {
        std::fprintf(stderr, "aurelis-bench-serializers: %s\n", texts.error().message.c_str());
        return 2;
    }
    StageMaker maker({settings.plugins});
    std::vector<std::string> falls_short;
    if (!settings.json) print_head();
    for (const Contest& contest : contests()) {
        if (!settings.only.empty() && contest.text().find(settings.only) == std::string::npos) continue;
        std::vector<std::unique_ptr<Coder>> stages;
        for (const StageName& name : contest.stages) {
            auto stage = maker.make(name);
            if (!stage) {
                std::fprintf(stderr, "aurelis-bench-serializers: %s\n", stage.error().message.c_str());
                return 3;
            }
            stages.push_back(std::move(stage).value());
        }
        const auto plugin_way = chain_of(std::move(stages));
        for (const Kind kind : kKinds) {
            if (!contest.measures(kind)) continue;
            for (const size_t bytes : kSizes) {
                const std::vector<std::string> values = texts.value().values(kind, bytes);
                Row row;
                std::string short_of;
                std::vector<std::unique_ptr<Coder>> bare_ways;  // Kept, so that the next one has another address.
                for (int attempt = 0; attempt < (settings.check ? kTries : 1); ++attempt) {
                    bare_ways.push_back(bare_way(contest, kind));
                    // The plugin keeps its contexts per thread.
                    std::thread([&] {
                        row = measure(settings, contest, *plugin_way, *bare_ways.back(), kind, bytes, values);
                    }).join();
                    short_of = missed(contest, row);
                    if (short_of.empty()) break;
                }
                settings.json ? print_json(row) : print_row(row);
                if (!short_of.empty())
                    falls_short.push_back(row.stages + ", " + name_of(kind) + " of " + std::to_string(bytes) + ": " +
                                          short_of);
            }
        }
    }
    if (!settings.check) return 0;
    for (const std::string& one : falls_short) std::fprintf(stderr, "falls short: %s\n", one.c_str());
    return falls_short.empty() ? 0 : 1;
}

int usage(int status) {
    std::printf(
        "usage: aurelis-bench-serializers [--json] [--quick] [--check] [--only NAME] [--text FOLDER] [--data FOLDER]\n"
        "                                 [--plugins FOLDER]\n"
        "What serializers cost and gain, compared with the bare library calls.\n"
        "Exit status: 0 measured, 1 with --check if a figure is missed, 2 wrong use, 3 a plugin cannot be loaded.\n"
        "example: aurelis-bench-serializers --quick --only zstd\n");
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    aurelis::open_standard_descriptors();
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--json")
            settings.json = true;
        else if (word == "--quick")
            settings.quick = true;
        else if (word == "--check")
            settings.check = true;
        else if (word == "--help")
            return usage(0);
        else if (i + 1 == argc)
            return usage(2);
        else if (word == "--only")
            settings.only = argv[++i];
        else if (word == "--text")
            settings.text = argv[++i];
        else if (word == "--data")
            settings.data = argv[++i];
        else if (word == "--plugins")
            settings.plugins = argv[++i];
        else
            return usage(2);
    }
    return run(settings);
}
