// The host API in C++20. Header-only over aurelis.h, function by function, so a program built today runs with every 1.x
// library. Nothing throws but std::bad_alloc: what can fail returns Result<T>, and what a codec, a computation, an
// origin or a visitor of yours throws becomes its error (AURELIS_E_FAILED).
//
//   auto cache = aurelis::Cache::open({.file = "aurelis.yaml"});
//   auto users = cache->category("user_data");
//   users->set("user123", "John", {.ttl = std::chrono::hours(1)});
//   auto name = users->get<std::string>("user123");       // Result<std::optional<std::string>>
#pragma once

#include <aurelis/host/answer.hpp>
#include <aurelis/host/cache.hpp>
#include <aurelis/host/category.hpp>
#include <aurelis/host/codec.hpp>
#include <aurelis/host/computation.hpp>
#include <aurelis/host/configuration.hpp>
#include <aurelis/host/duration.hpp>
#include <aurelis/host/errors.hpp>
#include <aurelis/host/id.hpp>
#include <aurelis/host/invalidation.hpp>
#include <aurelis/host/invalidator.hpp>
#include <aurelis/host/options.hpp>
#include <aurelis/host/reports.hpp>
