// Context: what all connections of one instance share: its settings, the core's services, the resolver, TLS and
// the counters. Made in create(), TLS in start(); constant while data calls run, except for the counters.
#pragma once

#include "resolver.hpp"
#include "settings.hpp"
#include "tls.hpp"

#include <aurelis/plugin/host.hpp>

#include <atomic>
#include <memory>

namespace aurelis::redis {

struct Counters {
    std::atomic<uint64_t> connects{0};
    std::atomic<uint64_t> connect_failures{0};
    std::atomic<uint64_t> dropped{0};  // Connections given up because of what happened on them.
    std::atomic<uint64_t> timeouts{0};
    std::atomic<uint64_t> moved{0};
    std::atomic<uint64_t> asked{0};
    std::atomic<uint64_t> scripts_loaded{0};
    std::atomic<uint64_t> unreadable{0};     // Values that are not ours, or belong to another key.
    std::atomic<uint64_t> rediscoveries{0};  // How often sentinels or the cluster were asked which server serves.
    std::atomic<uint64_t> announced{0};
    std::atomic<uint64_t> announce_failures{0};
    std::atomic<uint64_t> heard{0};  // Keys that others announced.
    std::atomic<uint64_t> resubscribed{0};
};

struct Context {
    Context(const plugin::Host& host_, Settings settings_) : host(host_), settings(std::move(settings_)) {}

    const plugin::Host host;
    const Settings settings;
    Resolver resolver;
    std::unique_ptr<TlsContext> tls;
    Counters counters;
    std::atomic<bool> unguarded_told{false};       // What is logged once:
    std::atomic<bool> unfenced_told{false};
    std::atomic<bool> clocks_told{false};
    std::atomic<int64_t> announcing_told_ns{0};  // When a refused announcement was logged last; 0: never.
};

}  // namespace aurelis::redis
