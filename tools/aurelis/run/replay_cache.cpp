// A trace replayed against the memory plugin. If the bound is in bytes and the trace has sizes, values have those
// sizes; otherwise values are 8 bytes, since only their number matters. A key whose size changes keeps the size with
// which it was stored.
#include "run/replay_cache.hpp"

#include "output/terminal.hpp"
#include "process/interrupt.hpp"

#include <aurelis/cache.hpp>

#include <chrono>

namespace aurelis::cli {
namespace {

constexpr uint32_t kSmallValue = 8;

std::string yaml_for(const ReplayBounds& bounds) {
    const bool by_entries = bounds.entries > 0;
    return "cache: {namespace: replay, max_value_bytes: 4GiB}\n"
           "layers:\n"
           "  - {name: memory, backend: memory, priority: 1, " +
           (by_entries ? "max_entries: " + std::to_string(bounds.entries)
                       : "max_bytes: " + std::to_string(bounds.bytes)) +
           "}\n";
}

class Replay {
public:
    Replay(const Trace& trace, const ReplayBounds& bounds, Category category)
        : trace_(trace),
          category_(category),
          stores_sizes_(trace.sized() && bounds.bytes > 0) {}

    Result<void> run() {
        Progress progress("replay", trace_.requests().size());
        const auto began = std::chrono::steady_clock::now();
        for (const Trace::Request& request : trace_.requests()) {
            if (interrupts() != 0) break;
            AURELIS_TRY_VOID(ask(request));
            progress.advance();
        }
        seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        return {};
    }

    Json report(const Json& layer) const {
        Json report;
        report["requests"] = requests_;
        report["hits"] = hits_;
        report["hit_ratio"] =
            requests_ == 0 ? 0.0 : static_cast<double>(hits_) / static_cast<double>(requests_);
        report["byte_hit_ratio"] = bytes_asked_ == 0 ? 0.0 : bytes_hit_ / bytes_asked_;
        report["entries"] = layer.value("entries", Json());
        report["bytes"] = layer.value("bytes", Json());
        report["policy"] = policy_in(layer);
        report["seconds"] = seconds_;
        report["interrupted"] = interrupts() != 0;
        return report;
    }

private:
    // The backend's own statistics may be a member of the layer's.
    static std::string policy_in(const Json& layer) {
        if (layer.contains("policy") && layer["policy"].is_string())
            return layer["policy"].get<std::string>();
        for (const auto& item : layer.items())
            if (item.value().is_object() && item.value().contains("policy") &&
                item.value()["policy"].is_string())
                return item.value()["policy"].get<std::string>();
        return "unknown";
    }

    Result<void> ask(const Trace::Request& request) {
        const Id id(trace_.key(request.key));
        const double weight = request.size == Trace::kNoSize ? 1.0 : static_cast<double>(request.size);
        ++requests_;
        bytes_asked_ += weight;
        AURELIS_TRY(answer, category_.lookup(id));
        if (!answer.found()) return store(id, request.size);
        ++hits_;
        bytes_hit_ += weight;
        return {};
    }

    Result<void> store(const Id& id, uint32_t size) {
        const size_t wanted = stores_sizes_ && size != Trace::kNoSize ? size : kSmallValue;
        if (value_.size() < wanted) value_.resize(wanted, 'v');
        const auto stored = category_.set(id, std::string_view(value_).substr(0, wanted));
        if (stored) return {};
        const aurelis_status status = stored.error().status;
        // Larger than the whole cache, or not admitted: not an error, but a miss the next time.
        return status == AURELIS_E_TOO_LARGE || status == AURELIS_E_FULL ? Result<void>() : stored;
    }

    const Trace& trace_;
    const Category category_;
    bool stores_sizes_;
    std::string value_;
    uint64_t requests_ = 0;
    uint64_t hits_ = 0;
    double bytes_asked_ = 0;
    double bytes_hit_ = 0;
    double seconds_ = 0;
};

Json first_layer(const Cache& cache) {
    const auto text = cache.stats_json();
    const Json stats = text.has_value() ? parse_json(text.value()) : Json();
    const bool known = stats.is_object() && stats.contains("layers") && stats["layers"].is_array() &&
                       !stats["layers"].empty() && stats["layers"][0].is_object();
    return known ? stats["layers"][0] : Json::object();
}

}  // namespace

Result<Json> replay(const Trace& trace, const ReplayBounds& bounds) {
    OpenOptions opening;
    opening.text = yaml_for(bounds);
    AURELIS_TRY(cache, Cache::open(opening));
    AURELIS_TRY(category, cache.category("replay"));
    Replay replay(trace, bounds, category);
    AURELIS_TRY_VOID(replay.run());
    Json report = replay.report(first_layer(cache));
    AURELIS_TRY_VOID(cache.close());
    return report;
}

}  // namespace aurelis::cli
