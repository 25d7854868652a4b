// StoreHandle: one running store made by a plugin, with its table normalised: complete and as long as the core's own,
// so that no caller tests for NULL or sizes (table_gaps). A component that asks for it gets its calls one at a time,
// and what exceeds the limits of an instance does not reach it. A strategy is such a store on top of the one that its
// wiring names.
#pragma once

#include "base/locks.hpp"
#include "config/node.hpp"
#include "plugin/host_services.hpp"
#include "plugin/plugin_registry.hpp"
#include "plugin/store_limits.hpp"
#include "plugin/wiring.hpp"

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>

#include <memory>
#include <string>

namespace aurelis::core {

class StoreHandle {
public:
    // Creates and starts. options: checked against the component's declaration. The error names no place: the caller
    // knows the layer and the line.
    static Result<std::unique_ptr<StoreHandle>> start(Runtime& runtime, const FoundComponent& found,
                                                      const std::string& instance, const Node& options,
                                                      Wiring wiring = {});
    // The properties of an instance that can be seen before it starts.
    struct Trial {
        uint64_t caps = 0;
        bool tells_changes = false;  // Offers aurelis.watch/1.
    };
    // Creates and destroys an instance, without I/O, to find what the component refuses beyond its table of options.
    static Result<Trial> try_out(Runtime& runtime, const FoundComponent& found, const std::string& instance,
                                const Node& options, Wiring wiring = {});
    ~StoreHandle();
    StoreHandle(const StoreHandle&) = delete;
    StoreHandle& operator=(const StoreHandle&) = delete;

    aurelis_store* store() noexcept { return &store_; }
    const aurelis_store_ops& ops() const noexcept { return ops_; }
    uint64_t caps() const noexcept { return store_.caps; }
    const HostServices& services() const noexcept { return services_; }
    const Wiring& wiring() const noexcept { return wiring_; }
    // A strategy whose flush is its own, not that of its next store.
    bool flushes_itself() const noexcept { return flushes_itself_; }
    // Offers aurelis.watch/1.
    bool tells_changes() const noexcept { return tells_changes_; }
    // What the store cannot take; ops() respects it.
    StoreLimits& limits() noexcept { return limits_; }
    // The table that does not, for callers that have ensured it themselves.
    const aurelis_store_ops& behind_limits() const noexcept { return behind_limits_; }

private:
    friend struct SerialTable;
    StoreHandle(Runtime& runtime, const std::string& instance, Wiring wiring);
    Result<void> create(const FoundComponent& found, const Node& options, CallContext& context);
    bool normalise(const aurelis_component& component);

    const Wiring wiring_;
    HostServices services_;
    aurelis_store store_{};
    aurelis_store_ops ops_{};     // The table that callers use.
    aurelis_store_ops native_{};  // The plugin's own functions with the gaps filled; behind the lock if serial.
    aurelis_store_ops behind_limits_{};  // With limits only.
    StoreLimits limits_;
    Mutex serial_;  // Held during a call if the instance asked for one at a time.
    bool has_batches_ = false;  // Its own ones.
    bool flushes_itself_ = false;
    bool tells_changes_ = false;
    bool started_ = false;
};

}  // namespace aurelis::core
