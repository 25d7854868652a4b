// Assembly: everything that is built from a configuration: layers, origins, serializers, strategies, policies and what
// they share. A cache has one at a time, which can be replaced as a whole: what lasts (names, categories) refers to it
// only through Names::use(). Leaves to others: reading the configuration (cache_builder).
#pragma once

#include "chain/stack_store.hpp"
#include "flow/coalescer.hpp"
#include "flow/loader.hpp"
#include "flow/origin_store.hpp"
#include "flow/origins.hpp"
#include "plugin/embedder_handle.hpp"
#include "plugin/serializer_shelf.hpp"
#include "stack/stack.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aurelis::core {

class Assembly {
public:
    using Embedders = std::map<std::string, std::unique_ptr<EmbedderHandle>, std::less<>>;

    // The strategies of one category, as configured.
    struct ChainSpec {
        std::string category;    // Or a glob, for all that it matches; "default": for all that are not configured.
        std::string key_prefix;  // Empty: the keys of the category cannot be told apart by prefix.
        std::vector<StrategySpec> strategies;
    };

    // Opens the stack.
    Assembly(std::unique_ptr<Runtime> its_runtime, std::unique_ptr<SerializerShelf> its_serializers,
             Embedders its_embedders, std::vector<LayerSpec> layers, KeySpace keys, Stamps::ReadPattern read_pattern,
             Origins::Doors doors, Policies its_policies);

    // Starts the strategies; until then every category uses just the stack.
    Result<void> start_chains(std::vector<ChainSpec> specs, uint64_t max_value_bytes);
    // Strategies, layers and origins write what is pending, until the deadline (mono). Returns the last failure;
    // context says why.
    aurelis_status flush(CallContext& context, int64_t deadline_mono);
    // Stops everything; what was pending has been flushed before.
    void close();

    const std::unique_ptr<Runtime> runtime;
    const std::unique_ptr<SerializerShelf> serializers;
    const Embedders embedders;
    Stack stack;
    Loader loader;
    Origins origins;
    Policies policies;

private:
    StackStore stack_store_;
    Chain stack_alone_;
    std::deque<Coalescer> coalescers_;
    std::vector<std::unique_ptr<OriginStore>> origin_stores_;

public:
    // The chains with strategies, by category. Last: the strategies use all of the above until they are destroyed.
    std::map<std::string, std::unique_ptr<Chain>, std::less<>> chains;
};

}  // namespace aurelis::core
