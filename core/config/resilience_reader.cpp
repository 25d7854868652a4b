// The keys of a layer and of an origin for how long a call may take, when none is made, and how many are.
#include "config/map_reader.hpp"
#include "config/section_readers.hpp"
#include "config/values.hpp"

namespace aurelis::core {
namespace {

// A duration above 0.
int64_t time_of(const MapReader& reader, std::string_view key, int64_t otherwise) {
    const auto ns = reader.duration(key);
    if (!ns) return otherwise;
    if (*ns > 0) return *ns;
    reader.report(*reader.find(key), key, "must be above 0; remove the line for the default");
    return otherwise;
}

BreakerConfig read_breaker(const Node& node, const MapReader& owner, const std::string& place, Problems& problems) {
    BreakerConfig breaker;
    if (node.kind == Node::Kind::Scalar && node.text == "none") {
        breaker.on = false;
        return breaker;
    }
    if (node.kind != Node::Kind::Map) {
        owner.report(node, "breaker",
                     "must be the word none, or a map such as {failures: 5, window: 1s, retry_after: 100ms}, got " +
                         shown(node));
        return breaker;
    }
    const MapReader reader(node, place + "breaker: ", {"failures", "window", "retry_after"}, problems);
    if (const auto failures = reader.integer("failures")) {
        if (*failures >= 1)
            breaker.failures = *failures;
        else
            reader.report(*reader.find("failures"), "failures",
                          "must be at least 1; to have no breaker write breaker: none");
    }
    breaker.window_ns = time_of(reader, "window", breaker.window_ns);
    breaker.retry_after_ns = time_of(reader, "retry_after", breaker.retry_after_ns);
    return breaker;
}

}  // namespace

ResilienceConfig read_resilience(const MapReader& layer, const std::string& layer_place, Problems& problems) {
    ResilienceConfig resilience;
    resilience.timeout_ns = time_of(layer, "timeout", 0);
    resilience.soft_timeout_ns = time_of(layer, "soft_timeout", 0);
    if (resilience.soft_timeout_ns != 0 && resilience.timeout_ns != 0 &&
        resilience.soft_timeout_ns > resilience.timeout_ns)
        layer.report(*layer.find("soft_timeout"), "soft_timeout",
                     "is longer than 'timeout', which ends every call; make it the shorter one");
    if (const Node* breaker = layer.find("breaker"))
        resilience.breaker = read_breaker(*breaker, layer, layer_place, problems);
    if (const auto trust = layer.ttl("trust")) resilience.trust_ns = trust->never ? 0 : trust->ns;
    if (const auto after_gap = layer.text("after_gap")) {
        if (*after_gap != "strict" && *after_gap != "believe")
            layer.report(*layer.find("after_gap"), "after_gap",
                         "must be strict or believe, got '" + printable(*after_gap) + "'");
        resilience.believes_after_gap = *after_gap == "believe";
    }
    return resilience;
}

DoorConfig read_door(const MapReader& origin, const std::string& place, Problems& problems) {
    DoorConfig door;
    door.timeout_ns = time_of(origin, "timeout", 0);
    if (const Node* breaker = origin.find("breaker")) door.breaker = read_breaker(*breaker, origin, place, problems);
    if (const auto most = origin.integer("max_parallel")) {
        if (*most >= 1)
            door.max_parallel = *most;
        else
            origin.report(*origin.find("max_parallel"), "max_parallel",
                          "must be at least 1; remove the line for no limit");
    }
    door.rate = origin.rate("rate").value_or(RateConfig{});
    return door;
}

}  // namespace aurelis::core
