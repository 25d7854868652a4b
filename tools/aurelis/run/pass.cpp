// One pass of the main job. What a layer missed is counted from the answers: a request that a lower layer or
// the origin answered was missed by every layer above it. Latencies are those of the caller: the whole call, grouped by
// what answered.
#include "run/pass.hpp"

#include "output/terminal.hpp"
#include "output/text.hpp"
#include "process/interrupt.hpp"
#include "run/latencies.hpp"
#include "run/page_values.hpp"
#include "run/trace.hpp"

#include <aurelis/cache.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace aurelis::cli {
namespace {

constexpr const char* kNamespace = "aurelis-run";
constexpr const char* kCategory = "web_pages";

using Clock = std::chrono::steady_clock;

double ratio(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

struct LayerTally {
    uint64_t hits = 0;
    uint64_t found_keys = 0;
    uint64_t found_bytes = 0;
    Latencies latencies;
};

class Pass {
public:
    Pass(const PassOptions& options, const Cache& cache, Category category, const Trace& trace)
        : options_(options),
          cache_(cache),
          category_(category),
          trace_(trace),
          values_(options.value_bytes),
          layers_(cache.layer_names().size() + 1),
          seen_(trace.distinct_keys(), false) {}

    Result<void> run() {
        Progress progress("pass " + std::to_string(options_.number), trace_.requests().size());
        const auto began = Clock::now();
        for (const Trace::Request& request : trace_.requests()) {
            if (interrupts() != 0) break;
            AURELIS_TRY_VOID(ask(request.key));
            progress.advance();
        }
        seconds_ = std::chrono::duration<double>(Clock::now() - began).count();
        return {};
    }

    Json report() const {
        uint64_t hits = 0;
        for (size_t layer = 1; layer < layers_.size(); ++layer) hits += layers_[layer].hits;
        const uint64_t avoided = requests_ - std::min(requests_, origin_calls_);
        Json report;
        report["requests"] = requests_;
        report["hits"] = hits;
        report["hit_ratio"] = ratio(hits, requests_);
        report["origin_calls"] = origin_calls_;
        report["origin_calls_avoided"] = avoided;
        report["seconds_saved"] =
            static_cast<double>(avoided) * static_cast<double>(options_.origin_cost_ns) / 1e9;
        report["seconds"] = seconds_;
        report["keys"] = keys_;
        report["mismatches"] = mismatches_;
        report["first_mismatch"] = first_mismatch_.empty() ? Json(nullptr) : Json(first_mismatch_);
        report["interrupted"] = requests_ < trace_.requests().size() || interrupts() != 0;
        report["layers"] = layer_reports();
        return report;
    }

private:
    Result<void> ask(uint32_t number) {
        const std::string& key = trace_.key(number);
        const auto compute = [this](NameView name) {
            ++origin_calls_;
            return values_.make(name.part(0));
        };
        const auto began = Clock::now();
        AURELIS_TRY(answer, category_.lookup_or_compute<std::string_view>(key, compute));
        const int64_t took = std::chrono::nanoseconds(Clock::now() - began).count();
        count(number, answer, took);
        if (answer.bytes() != values_.make(key)) count_mismatch(key, answer);
        return {};
    }

    void count(uint32_t number, const Answer& answer, int64_t took) {
        ++requests_;
        LayerTally& layer = layers_[answer.layer() < layers_.size() ? answer.layer() : 0];
        ++layer.hits;
        layer.latencies.add(took);
        if (seen_[number]) return;
        seen_[number] = true;
        ++keys_;
        ++layer.found_keys;
        layer.found_bytes += answer.bytes().size();
    }

    void count_mismatch(const std::string& key, const Answer& answer) {
        if (mismatches_++ > 0) return;
        const std::string layer(cache_.layer_name(answer.layer()));
        first_mismatch_ =
            "key " + printable(key) + " from " + (layer.empty() ? "the origin" : "layer " + layer);
    }

    Json layer_reports() const {
        const auto stats = cache_.stats_json();
        const Json known = stats.has_value() ? parse_json(stats.value()) : Json();
        Json reports = Json::array();
        uint64_t asked = requests_;
        for (size_t number = 1; number < layers_.size(); ++number) {
            const LayerTally& layer = layers_[number];
            Json report;
            report["name"] = std::string(cache_.layer_name(static_cast<uint32_t>(number)));
            report["hits"] = layer.hits;
            report["misses"] = asked - layer.hits;
            report["hit_ratio"] = ratio(layer.hits, asked);
            report["bytes"] = bytes_held(known, report["name"]);
            report["p50_ns"] = percentile(layer.latencies, 0.50);
            report["p99_ns"] = percentile(layer.latencies, 0.99);
            report["found_keys"] = layer.found_keys;
            report["found_bytes"] = layer.found_bytes;
            asked -= layer.hits;
            reports.push_back(std::move(report));
        }
        return reports;
    }

    static Json percentile(const Latencies& latencies, double share) {
        return latencies.total() == 0 ? Json(nullptr) : Json(latencies.percentile(share));
    }

    // How much a layer holds according to the library's statistics; null if they do not say.
    static Json bytes_held(const Json& stats, const Json& name) {
        if (!stats.is_object() || !stats.contains("layers")) return nullptr;
        for (const Json& layer : stats["layers"])
            if (layer.is_object() && layer.value("name", Json()) == name) return layer.value("bytes", Json());
        return nullptr;
    }

    const PassOptions& options_;
    const Cache& cache_;
    const Category category_;
    const Trace& trace_;
    PageValues values_;
    std::vector<LayerTally> layers_;  // [0]: the origin's.
    std::vector<bool> seen_;
    uint64_t requests_ = 0;
    uint64_t origin_calls_ = 0;
    uint64_t keys_ = 0;
    uint64_t mismatches_ = 0;
    std::string first_mismatch_;
    double seconds_ = 0;
};

// Fills the report as soon as there is something to report, so that a late failure does not hide it.
Result<void> run_and_report(const PassOptions& options, Json& report) {
    AURELIS_TRY(trace, Trace::read(options.trace, options.requests_max));
    OpenOptions opening;
    opening.file = options.config;
    opening.name_space = kNamespace;
    opening.data_folder = options.data_folder;
    AURELIS_TRY(cache, Cache::open(opening));
    AURELIS_TRY(category, cache.category(kCategory));
    Pass pass(options, cache, category, trace);
    const auto ran = pass.run();
    report = pass.report();
    AURELIS_TRY_VOID(ran);
    return cache.close();
}

}  // namespace

std::vector<std::string> PassOptions::to_arguments() const {
    std::vector<std::string> arguments{kPassCommand};
    const auto add = [&](const char* option, const std::string& value) {
        arguments.emplace_back(option);
        arguments.push_back(value);
    };
    if (!config.empty()) add("--config", config);
    add("--data", data_folder);
    add("--trace", trace);
    add("--requests", std::to_string(requests_max));
    add("--value-bytes", std::to_string(value_bytes));
    add("--origin-cost-ns", std::to_string(origin_cost_ns));
    add("--number", std::to_string(number));
    return arguments;
}

Json run_pass(const PassOptions& options) {
    Json report = Json::object();
    const auto done = run_and_report(options, report);
    if (done.has_value()) return report;
    report["error"] = done.error().message;
    report["error_status"] = done.error().status;
    return report;
}

}  // namespace aurelis::cli
