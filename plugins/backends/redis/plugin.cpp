// The plugin redis: a backend that keeps entries in Redis or Valkey.
#include "backend.hpp"

#include <aurelis/plugin/export.hpp>

AURELIS_PLUGIN("org.aurelis.redis", "1.0.0", "Keeps entries in Redis or Valkey: one server, Sentinel or Cluster.",
               aurelis::plugin::backend<aurelis::redis::RedisBackend>(
                   "redis",
                   "Entries in Redis or Valkey: shared by machines, expired natively, with deadlines of its own, TLS, "
                   "and messages between processes about what has changed."));
