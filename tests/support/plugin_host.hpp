// The host of the conformance suite, for tests of single plugins: a manual clock, tasks on demand, options
// from pairs.
#pragma once

#include <plugin_host.hpp>

#include <memory>
#include <string>

namespace aurelis::test {

using conformance::Got;
using conformance::Instance;
using conformance::kSecond;
using conformance::OptionValues;
using conformance::PluginFile;
using conformance::PluginHost;
using conformance::SetOptions;

// A plugin of this build, by its name without suffix. Throws std::runtime_error if it cannot be loaded.
PluginFile load_plugin(const std::string& name);

// A started instance of the backend `name` of the plugin `name`. Throws std::runtime_error with the refusal.
std::unique_ptr<Instance> open_backend(const std::string& name, const OptionValues& options,
                                       PluginHost& host);
// Why it is refused, by create() or start(); empty: it is not.
std::string refusal_of(const std::string& name, const OptionValues& options);

}  // namespace aurelis::test
