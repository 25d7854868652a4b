#include "api/report.hpp"

#include "config/units.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace aurelis::core {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(uint64_t value) { return value == UINT64_MAX ? Json(nullptr) : Json(value); }
// Keys may hold any bytes, JSON only text.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void add(Json& json, const Snapshot& snapshot) {
    for (const Counted& one : snapshot) json[one.row->name] = one.value;
}

// Counts are shown as whole numbers.
Json number(double value) {
    return value == std::floor(value) && std::fabs(value) < 9e15 ? Json(static_cast<int64_t>(value)) : Json(value);
}
void take_stat(void* user, const char* name, uint32_t, double value) noexcept {
    try {
        (*static_cast<Json*>(user))[name] = number(value);
    } catch (...) {
    }
}
void add_metrics(const StoreHandle& handle, Json& stats) {
    for (const MetricValue& metric : handle.services().metrics())
        stats[metric.name] = metric.kind == AURELIS_METRIC_HISTOGRAM
                                 ? Json{{"count", metric.count}, {"sum", metric.value}}
                                 : number(metric.value);
}

// own: how many of its entries are the cache's own.
void add_backend_stats(Layer& of, StoreHandle& handle, uint64_t own, Json& layer) {
    CallContext context;
    aurelis_size size{};
    size.struct_size = sizeof size;
    size.entries = size.bytes = size.capacity_entries = size.capacity_bytes = UINT64_MAX;
    const bool asks = of.gate().passable() != nullptr;
    if (asks) of.size(context, size);
    if (size.entries != UINT64_MAX) size.entries -= std::min(own, size.entries);
    layer["entries"] = number_or_null(size.entries);
    layer["bytes"] = number_or_null(size.bytes);
    layer["capacity_entries"] = number_or_null(size.capacity_entries);
    layer["capacity_bytes"] = number_or_null(size.capacity_bytes);
    Json stats = Json::object();
    if (asks) of.stats(context, &take_stat, &stats);
    add_metrics(handle, stats);
    // A store that evicts names its policy as "policy.NAME", since stats are numbers.
    constexpr std::string_view kPolicy = "policy.";
    for (auto item = stats.begin(); item != stats.end(); ++item)
        if (std::string_view(item.key()).starts_with(kPolicy)) {
            layer["policy"] = item.key().substr(kPolicy.size());
            stats.erase(item);
            break;
        }
    layer["backend_stats"] = std::move(stats);
    const StoreLimits& limits = handle.limits();
    const auto number_or_none = [](uint64_t number) { return number == 0 ? Json(nullptr) : Json(number); };
    layer["limits"] = {{"key_max", number_or_none(limits.said().key_max)},
                       {"value_max", number_or_none(limits.said().value_max)},
                       {"batch_max", number_or_none(limits.said().batch_max)},
                       {"ttl_max_ms", number_or_none(static_cast<uint64_t>(limits.said().ttl_max_ns) / 1'000'000)}};
    add(layer["limits"], limits.snapshot());
}

Json stage_stats(const Stages& stages) {
    Json all = Json::array();
    for (size_t i = 0; i < stages.all().size(); ++i) {
        const Stage& stage = stages.all()[i];
        Json one{{"name", stage.serializer->name()}, {"threshold", stage.threshold}};
        one["min_gain"] = stage.min_gain < 0 ? Json(nullptr) : Json(stage.min_gain);
        add(one, stages.snapshot(i));
        all.push_back(std::move(one));
    }
    return all;
}

Json breaker_stats(const Breaker& breaker, int64_t now_mono) {
    const int64_t since = breaker.open_since();
    return {{"state", breaker.state()},
            {"opened", breaker.opened()},
            {"open_ms", since == 0 ? Json(nullptr) : Json((now_mono - since) / 1'000'000)}};
}

// Writes that the layer missed and that are reconciled when it is back.
Json missed_stats(const MissedWrites& missed) {
    return {{"waiting", missed.waiting()},
            {"noted", missed.noted()},
            {"settled", missed.settled()},
            {"overflowed", missed.overflowed()},
            {"lost", missed.lost()}};
}

// What the instances of strategies report about themselves.
Json chain_stats(const std::string& category, const Chain& chain) {
    Json strategies = Json::array();
    for (size_t i = 0; i < chain.strategies().size(); ++i) {
        StoreHandle& handle = *chain.strategies()[i];
        CallContext context;
        context.call.now_wall = handle.services().runtime().clock.wall();
        Json stats = Json::object();
        handle.ops().stats(handle.store(), &context.call, &take_stat, &stats);
        add_metrics(handle, stats);
        strategies.push_back({{"name", chain.specs()[i].name},
                              {"plugin", chain.specs()[i].component.module->file},
                              {"stats", std::move(stats)}});
    }
    return {{"category", category}, {"strategies", std::move(strategies)}};
}

Json layer_stats(Stack& stack, size_t index, int64_t now_mono) {
    Layer& layer = stack.layer(index);
    const Stack::Following following = stack.following(index);
    Json json;
    StoreHandle* const handle = layer.backend();
    json["name"] = layer.spec().name;
    json["backend"] = layer.spec().backend;
    json["plugin"] =
        layer.spec().component.module != nullptr ? Json(layer.spec().component.module->file) : Json(nullptr);
    json["priority"] = layer.spec().priority;
    json["state"] = layer.gate().passable() != nullptr ? "serving" : "unreachable";
    add(json, layer.snapshot());
    const uint64_t hits = layer.counted(kHits), asked = hits + layer.counted(kMisses) + layer.counted(kStaleFound);
    json["hit_ratio"] = asked == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(asked);
    json["entries"] = json["bytes"] = json["capacity_entries"] = json["capacity_bytes"] = nullptr;
    json["p50_ns"] = layer.read_times().quantile(0.50);
    json["p99_ns"] = layer.read_times().quantile(0.99);
    json["serializers"] = stage_stats(layer.stages());
    json["breaker"] = breaker_stats(layer.gate().breaker(), now_mono);
    json["missed_writes"] = missed_stats(layer.missed());
    json["following"] = {{"state", following.state}, {"changes", following.changes}, {"gaps", following.gaps}};
    json["life_limit_ns"] = layer.life_limit() == 0 ? Json(nullptr) : Json(layer.life_limit());
    if (handle != nullptr) add_backend_stats(layer, *handle, stack.entries_with_stamps(index), json);
    json["last_error"] = layer.last_error().empty() ? Json(nullptr) : Json(layer.last_error());
    return json;
}

Json origin_stats(OriginDoor& door, int64_t now_mono) {
    const OriginSpec& spec = door.spec();
    const bool has_store = spec.component.component != nullptr;
    Json json;
    json["name"] = spec.name;
    json["backend"] = has_store ? Json(spec.component.component->type_name) : Json(nullptr);
    json["plugin"] = has_store ? Json(spec.component.module->file) : Json(nullptr);
    json["state"] = door.breaker().closed() ? "serving" : "unreachable";
    json["timeout_ns"] = spec.door.timeout_ns == 0 ? Json(nullptr) : Json(spec.door.timeout_ns);
    json["max_parallel"] = spec.door.max_parallel == 0 ? Json(nullptr) : Json(spec.door.max_parallel);
    json["rate"] = spec.door.rate.calls == 0 ? Json(nullptr) : Json(format_rate(spec.door.rate));
    add(json, door.snapshot());
    json["under_way"] = door.under_way();
    json["waiting"] = door.waiting();
    json["p50_ns"] = door.call_times().quantile(0.50);
    json["p99_ns"] = door.call_times().quantile(0.99);
    json["breaker"] = breaker_stats(door.breaker(), now_mono);
    json["last_error"] = door.last_error().empty() ? Json(nullptr) : Json(door.last_error());
    return json;
}

Json tags_of(const LayerView& seen) {
    Json tags = Json::array();
    for (aurelis_attr attr{}; aurelis_attr_next(bytes(seen.attrs), &attr);)
        if (attr.kind == AURELIS_ATTR_TAG) tags.push_back(std::string(view(attr.value)));
    return tags;
}

Json explained(const SerializerShelf& serializers, const Layer& layer, const LayerView& seen, int64_t now) {
    constexpr int64_t kMs = 1'000'000;
    Json json;
    const bool has = seen.holding != Holding::Absent && seen.holding != Holding::Unreachable &&
                     seen.holding != Holding::Corrupt;
    json["name"] = layer.spec().name;
    json["state"] = name_of(seen.holding);
    json["age_ms"] = has && seen.meta.created_wall != 0
                         ? Json(std::max<int64_t>(0, (now - seen.meta.created_wall) / kMs))
                         : Json(nullptr);
    const auto left_until = [&](int64_t wall) {
        return has && wall != 0 ? Json(std::max<int64_t>(0, (wall - now) / kMs)) : Json(nullptr);
    };
    // The ttl ends when the entry becomes stale; one that never does ends when it expires.
    const bool may_be_stale = seen.meta.stale_wall != 0 && seen.meta.stale_wall != seen.meta.expires_wall;
    json["ttl_left_ms"] = left_until(may_be_stale ? seen.meta.stale_wall : seen.meta.expires_wall);
    json["stale_left_ms"] = may_be_stale ? left_until(seen.meta.expires_wall) : Json(nullptr);
    json["stale"] = has && seen.stale;
    json["negative"] = has && is_negative(seen.meta);
    json["tags"] = has ? tags_of(seen) : Json::array();
    json["bytes_raw"] = has ? Json(seen.bytes_raw) : Json(nullptr);
    json["bytes_stored"] = has || seen.holding == Holding::Corrupt ? Json(seen.bytes_stored) : Json(nullptr);
    Json stages = Json::array();
    for (const FrameStage& stage : seen.stages) stages.push_back(serializers.name_of(stage.format_id));
    json["stages"] = std::move(stages);
    json["breaker"] = layer.gate().breaker().state();
    if (!seen.stored_as.empty()) json["stored_as"] = seen.stored_as;
    json["reason"] = seen.reason.empty() ? Json(nullptr) : Json(seen.reason);
    return json;
}

}  // namespace

std::string stats_json(Cache& cache) {
    Json json;
    json["namespace"] = cache.spec().name_space;
    json["version"] = cache.spec().version;
    json["layers"] = Json::array();
    for (size_t i = 0; i < cache.stack().size(); ++i)
        json["layers"].push_back(layer_stats(cache.stack(), i, cache.runtime().clock.mono()));
    json["origins"] = Json::array();
    const auto add_origin = [&](OriginDoor& door) {
        json["origins"].push_back(origin_stats(door, cache.runtime().clock.mono()));
    };
    cache.origins().for_each(add_origin);
    json["categories"] = Json::array();
    for (const auto& [category, chain] : cache.assembly().chains)
        json["categories"].push_back(chain_stats(category, *chain));
    add(json, cache.loader().snapshot());
    const Stamps& stamps = cache.stack().stamps();
    json["invalidations"] = {{"stamps", stamps.kept()},
                             {"bans", stamps.bans()},
                             {"widened", stamps.widened()},
                             {"damaged", cache.stack().damaged_stamps()},
                             {"layers_to_sweep", cache.stack().sweeper().waiting()}};
    add(json["invalidations"], cache.stack().sweeper().snapshot());
    json["undecodable"] = cache.undecodable();
    json["promotions_dropped"] = cache.stack().promotions_dropped();
    json["slides_dropped"] = cache.stack().slides_dropped();
    return dump(json);
}

std::string rules_json(Cache& cache) {
    Json json = Json::array();
    for (const auto& [event, targets] : cache.rules().list()) json.push_back({{"on", event}, {"targets", targets}});
    return dump(json);
}

Result<std::string> explain_json(Cache& cache, const aurelis_name& name, const aurelis_read_options* options) {
    Named named;
    Error error;
    if (cache.names().resolve(name, named, error) != AURELIS_OK) return error;
    Json json;
    json["key"] = std::string(named.built.key);
    json["status"] = "miss";
    json["policy"] = named.policy->name;
    json["strategies"] = Json::array();
    for (const StrategySpec& strategy : named.policy->chain->specs()) json["strategies"].push_back(strategy.name);
    json["layers"] = Json::array();
    const int64_t now = cache.runtime().clock.wall();
    for (size_t i = 0; i < cache.stack().size(); ++i) {
        CallContext context;
        if (cache.begin(context, options, error) != AURELIS_OK) return error;
        if ((context.call.layers >> i & 1) != 0) continue;
        context.call.flags = AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL | AURELIS_CALL_EXPIRED_TOO;
        const LayerView seen = cache.stack().look(context, i, named.key);
        if (seen.holding == Holding::Present && json["status"] != "hit" && json["status"] != "negative")
            json["status"] = seen.stale ? "stale" : is_negative(seen.meta) ? "negative" : "hit";
        json["layers"].push_back(explained(cache.serializers(), cache.stack().layer(i), seen, now));
    }
    return dump(json);
}

}  // namespace aurelis::core
