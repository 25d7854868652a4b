// The parts of config_reader, one function per section of the file. Each fills its part of the Config and reports what
// is wrong with it; sections know nothing of each other.
#pragma once

#include "config/config.hpp"
#include "config/map_reader.hpp"
#include "config/node.hpp"
#include "config/problems.hpp"

#include <string>
#include <vector>

namespace aurelis::core {

void read_cache_section(const Node& section, Config& config, Problems& problems);
void read_keys_section(const Node& section, Config& config, Problems& problems);
void read_plugins_section(const Node& section, Config& config, Problems& problems);
void read_layers(const Node& list, Config& config, Problems& problems);  // Sorted: highest priority first.
// The stages of one layer; layer_place ("layer L2: ") begins each message.
std::vector<SerializerConfig> read_serializers(const Node& list, const std::string& layer_place, Problems& problems);
// timeout, soft_timeout, breaker, trust and after_gap of one layer.
ResilienceConfig read_resilience(const MapReader& layer, const std::string& layer_place, Problems& problems);
// timeout, breaker, max_parallel and rate of one origin; place ("origin users: ") begins each message.
DoorConfig read_door(const MapReader& origin, const std::string& place, Problems& problems);
void read_origins(const Node& section, Config& config, Problems& problems);
void read_embedders(const Node& section, Config& config, Problems& problems);
// The strategies of one category, highest first; place ("category user_data: ") begins each message.
std::vector<StrategyConfig> read_strategies(const Node& list, const std::string& place, Problems& problems);
void read_categories(const Node& section, Config& config, Problems& problems);
// The section `invalidation`, apart from what the targets mean.
void read_rules(const Node& list, Config& config, Problems& problems);

}  // namespace aurelis::core
