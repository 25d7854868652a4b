// StoreHandle: one running store made by a plugin, with its table normalised: complete, as long as the core's own, so
// that nobody tests for NULL or sizes afterwards (table_gaps). A component that asks for it gets its calls one at a
// time, and what an instance cannot take does not reach it. A strategy is such a store over the one that its wiring
// names.
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
    // What an instance is like, as far as that can be seen before it starts.
    struct Trial {
        uint64_t caps = 0;
        bool tells_changes = false;  // Offers aurelis.watch/1.
    };
    // Creates and destroys, without I/O: what the component refuses about its options, other than what a table says.
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
    // A strategy with a flush of its own, which its next store does not do for it.
    bool flushes_itself() const noexcept { return flushes_itself_; }
    // Offers aurelis.watch/1.
    bool tells_changes() const noexcept { return tells_changes_; }
    // What the store cannot take; ops() keeps to it.
    StoreLimits& limits() noexcept { return limits_; }
    // The table that does not, for those who have seen to it themselves.
    const aurelis_store_ops& behind_limits() const noexcept { return behind_limits_; }

private:
    friend struct SerialTable;
    StoreHandle(Runtime& runtime, const std::string& instance, Wiring wiring);
    Result<void> create(const FoundComponent& found, const Node& options, CallContext& context);
    bool normalise(const aurelis_component& component);

    const Wiring wiring_;
    HostServices services_;
    aurelis_store store_{};
    aurelis_store_ops ops_{};     // What callers see.
    aurelis_store_ops native_{};  // The plugin's own functions, gaps filled; behind the lock if serial.
    aurelis_store_ops behind_limits_{};  // With limits only.
    StoreLimits limits_;
    Mutex serial_;  // Held by a call of an instance that asked for one at a time.
    bool has_batches_ = false;  // Of its own.
    bool flushes_itself_ = false;
    bool tells_changes_ = false;
    bool started_ = false;
};

}  // namespace aurelis::core
