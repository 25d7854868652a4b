// The conformance suite on a real Redis and on a real cluster. Each section begins on an empty server, as it would on
// an empty folder.
#include "redis_bench.hpp"
#include "support/catch.hpp"
#include "support/redis/redis_cluster.hpp"

#include <conformance.hpp>

#include <functional>

using namespace redis_test;
using namespace aurelis::conformance;

namespace {

void conforms(const OptionValues& options, const std::function<void()>& empty) {
    const PluginFile file = aurelis::test::load_plugin("redis");
    const PluginUnderTest backend{"redis", "redis", options};
    for (const Section& section : all_sections()) {
        empty();
        Judge judge;
        {
            Bench bench(file, backend, judge);
            REQUIRE(bench.ready());
            if (bench.store().has(section.caps)) section.run(bench);
        }
        INFO(section.name);
        for (const std::string& failure : judge.failures()) {
            INFO(failure);
            CHECK(false);
        }
        CHECK(PluginHost::live_buffers() == 0);
    }
}

}  // namespace

TEST_CASE("redis conforms over TCP") {
    RedisServer server;
    conforms({{"url", url_of(server.endpoint())}}, [&] { server.must({"FLUSHALL"}); });
}

TEST_CASE("redis conforms over a unix socket, with tracking instead of messages") {
    RedisServer server;
    conforms({{"url", url_of(server.unix_endpoint())}, {"coherence", "tracking"}}, [&] { server.must({"FLUSHALL"}); });
}

TEST_CASE("redis conforms over a cluster") {
    aurelis::rig::RedisCluster cluster;
    conforms({{"url", url_of(cluster.node(0).endpoint())}, {"cluster", "true"}}, [&] {
        for (size_t i = 0; i < 3; ++i) cluster.node(i).must({"FLUSHALL"});
    });
}
