// EmbedderHandle: one embedder that the configuration names, as strategies get it: an object behind a reference. The
// core itself never calls it. Threads: made and destroyed by the cache's owner, after everything that holds the
// reference.
#pragma once

#include "config/node.hpp"
#include "plugin/host_services.hpp"
#include "plugin/plugin_registry.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <memory>
#include <string>

namespace aurelis::core {

class EmbedderHandle {
public:
    // options: checked against the component's declaration. The error names no place: the caller knows the line.
    static Result<std::unique_ptr<EmbedderHandle>> make(Runtime& runtime, const FoundComponent& found,
                                                        const std::string& instance, const Node& options);
    ~EmbedderHandle();
    EmbedderHandle(const EmbedderHandle&) = delete;
    EmbedderHandle& operator=(const EmbedderHandle&) = delete;

    const aurelis_object* object() const noexcept { return &object_; }
    const FoundComponent& component() const noexcept { return found_; }

private:
    EmbedderHandle(Runtime& runtime, const FoundComponent& found, const std::string& instance);

    const FoundComponent found_;
    HostServices services_;
    aurelis_object object_{};  // The plugin's own; ops is an aurelis_embedder_ops.
};

}  // namespace aurelis::core
