#include "config_helpers.hpp"
#include "support/catch.hpp"

using namespace aurelis::core;
using namespace aurelis::core::test;

namespace {

std::string layer_with(const std::string& keys) {
    return "layers:\n  - name: L\n    backend: memory\n    " + keys + "\n";
}

ResilienceConfig resilience(const std::string& keys) {
    const Read result = read(layer_with(keys));
    CHECK(result.problems == "");
    REQUIRE(result.config);
    return result.config->layers.at(0).resilience;
}

std::string origin_with(const std::string& keys) {
    return "layers: [{name: L, backend: memory}]\norigins:\n  db:\n    backend: memory\n    " + keys + "\n";
}

DoorConfig door(const std::string& keys) {
    const Read result = read(origin_with(keys));
    CHECK(result.problems == "");
    REQUIRE(result.config);
    return result.config->origins.at(0).door;
}

void door_refused(const std::string& keys, const std::string& problem) {
    CHECK(read(origin_with(keys)).problems == "t.yaml:" + problem + "\n");
}

void refused(const std::string& keys, const std::string& problem) {
    CHECK(read(layer_with(keys)).problems == "t.yaml:" + problem + "\n");
}

}  // namespace

TEST_CASE("resilience: a layer says how long and how often its backend may fail") {
    const ResilienceConfig fallback = resilience("ttl: 1h");
    CHECK(fallback.timeout_ns == 0);
    CHECK(fallback.soft_timeout_ns == 0);
    CHECK(fallback.breaker.on);
    CHECK(fallback.breaker.failures == 5);
    CHECK(fallback.breaker.window_ns == 1'000'000'000);
    CHECK(fallback.breaker.retry_after_ns == 100'000'000);
    CHECK_FALSE(fallback.believes_after_gap);
    CHECK(fallback.trust_ns == 1'000'000'000);
    const ResilienceConfig said = resilience(
        "timeout: 500ms\n    soft_timeout: 50ms\n    after_gap: believe\n    trust: 5s\n    breaker: {failures: 2, "
        "window: 3s, "
        "retry_after: 4s}");
    CHECK(said.timeout_ns == 500'000'000);
    CHECK(said.soft_timeout_ns == 50'000'000);
    CHECK(said.believes_after_gap);
    CHECK(said.trust_ns == 5'000'000'000);
    CHECK(said.breaker.failures == 2);
    CHECK(said.breaker.window_ns == 3'000'000'000);
    CHECK(said.breaker.retry_after_ns == 4'000'000'000);
    CHECK_FALSE(resilience("breaker: none").breaker.on);
}

TEST_CASE("resilience: what cannot be meant is refused") {
    refused("timeout: 0", "4: layer L: 'timeout' must be above 0; remove the line for the default");
    refused("timeout: 50ms\n    soft_timeout: 60ms",
            "5: layer L: 'soft_timeout' is longer than 'timeout', which ends every call; make it the shorter one");
    refused("breaker: off",
            "4: layer L: 'breaker' must be the word none, or a map such as {failures: 5, window: 1s, retry_after: "
            "100ms}, got 'off'");
    refused("breaker: {failures: 0}",
            "4: layer L: breaker: 'failures' must be at least 1; to have no breaker write breaker: none");
    refused("breaker: {failure: 3}", "4: layer L: breaker: unknown key 'failure'; did you mean 'failures'?");
    refused("breaker: {window: 0s}", "4: layer L: breaker: 'window' must be above 0; remove the line for the default");
    refused("after_gap: maybe", "4: layer L: 'after_gap' must be strict or believe, got 'maybe'");
}

TEST_CASE("resilience: an origin says how long a call may take, how many there are, and when none is made") {
    const DoorConfig fallback = door("options: {}");
    CHECK(fallback.timeout_ns == 0);
    CHECK(fallback.max_parallel == 0);
    CHECK(fallback.rate.calls == 0);
    CHECK(fallback.breaker.on);
    CHECK(fallback.breaker.failures == 5);
    CHECK(fallback.breaker.window_ns == 1'000'000'000);
    CHECK(fallback.breaker.retry_after_ns == 100'000'000);
    const DoorConfig said =
        door("timeout: 500ms\n    max_parallel: 8\n    rate: 10/m\n    breaker: {failures: 2, retry_after: 4s}");
    CHECK(said.timeout_ns == 500'000'000);
    CHECK(said.max_parallel == 8);
    CHECK(said.rate.calls == 10);
    CHECK(said.rate.per_ns == 60'000'000'000);
    CHECK(said.breaker.failures == 2);
    CHECK(said.breaker.retry_after_ns == 4'000'000'000);
    CHECK_FALSE(door("breaker: none").breaker.on);
}

TEST_CASE("resilience: what cannot be meant of an origin is refused") {
    door_refused("timeout: 0", "5: origin db: 'timeout' must be above 0; remove the line for the default");
    door_refused("max_parallel: 0", "5: origin db: 'max_parallel' must be at least 1; remove the line for no limit");
    door_refused("max_parallel: -1", "5: origin db: 'max_parallel' must be at least 1; remove the line for no limit");
    door_refused("max_parallel: many", "5: origin db: 'max_parallel': expected a whole number, got 'many'");
    door_refused("max_paralel: 1", "5: origin db: unknown key 'max_paralel'; did you mean 'max_parallel'?");
    door_refused("soft_timeout: 1s", "5: origin db: unknown key 'soft_timeout'; known here: backend, timeout, breaker, "
                                     "max_parallel, rate, options");
    door_refused("rate: 0/s",
                 "5: origin db: 'rate': expected a rate such as 100/s, 10/m, 1000/h or 5000/d, got '0/s'; it must be "
                 "at least 1, and without a limit the line is left out");
    door_refused("breaker: off",
                 "5: origin db: 'breaker' must be the word none, or a map such as {failures: 5, window: 1s, "
                 "retry_after: 100ms}, got 'off'");
    door_refused("breaker: {failure: 3}", "5: origin db: breaker: unknown key 'failure'; did you mean 'failures'?");
}
