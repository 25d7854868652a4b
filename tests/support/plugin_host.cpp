// Finding the plugins of this build.
#include "plugin_host.hpp"

#include <stdexcept>

namespace aurelis::test {

PluginFile load_plugin(const std::string& name) {
    auto loaded = PluginFile::load(AURELIS_TEST_PLUGIN_FOLDER "/" + name + ".so");
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return loaded.value();
}

std::unique_ptr<Instance> open_backend(const std::string& name, const OptionValues& options,
                                       PluginHost& host) {
    auto opened = Instance::open(load_plugin(name), name, options, host);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(opened).value();
}

std::string refusal_of(const std::string& name, const OptionValues& options) {
    PluginHost host;
    const auto opened = Instance::open(load_plugin(name), name, options, host);
    return opened ? "" : opened.error().message;
}

}  // namespace aurelis::test
