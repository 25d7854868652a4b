// StackRig: a stack of test layers over worlds, on a manual clock.
#pragma once

#include "stack/stack.hpp"
#include "support/manual_clock.hpp"
#include "support/test_backend.hpp"

#include "base/hash.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aurelis::testing {

inline core::Node world_options(World& world) {
    core::Node options;
    options.kind = core::Node::Kind::Map;
    core::Node address;
    address.kind = core::Node::Kind::Scalar;
    address.text = std::to_string(reinterpret_cast<uintptr_t>(&world));
    options.members.emplace_back("world", address);
    return options;
}

inline core::LayerSpec test_layer(const std::string& name, World& world, core::FoundComponent component,
                                  std::optional<core::Ttl> ttl = std::nullopt) {
    core::LayerSpec spec;
    spec.name = name;
    spec.backend = "test";
    spec.place = "test.yaml:1";
    spec.ttl = ttl;
    spec.max_value_bytes = 1 << 20;
    spec.component = component;
    spec.options = world_options(world);
    spec.resilience.trust_ns = 0;  // Tests about shared layers set it.
    return spec;
}

struct StackRig {
    ManualClock clock;
    std::vector<std::string> log;
    core::Runtime runtime{clock.table(), &StackRig::keep, this, 0};
    std::mutex log_mutex;
    std::unique_ptr<core::Stack> stack;

    static void keep(void* self, uint32_t, const char* text, size_t size) noexcept {
        auto& rig = *static_cast<StackRig*>(self);
        std::scoped_lock lock(rig.log_mutex);
        rig.log.emplace_back(text, size);
    }
    void open(std::vector<core::LayerSpec> specs) {
        stack = std::make_unique<core::Stack>(runtime, std::move(specs));
        stack->open();
    }
    ~StackRig() {
        stack.reset();
        runtime.tasks.stop();
    }

    static aurelis_key key(const std::string& name) {
        return {name.data(), name.size(), core::hash_bytes(name.data(), name.size()), nullptr};
    }
    static aurelis_key key(std::string&&) = delete;  // The key would dangle.
    // Moves the clock and waits until the tasks that have fallen due are done.
    void pass(int64_t ns) {
        clock.advance(ns);
        runtime.tasks.drain(INT64_MAX);
    }
    void prime(core::CallContext& context) { context.call.now_wall = clock.now(); }
    aurelis_status set(const std::string& name, const std::string& value, int64_t ttl = 0) {
        core::CallContext context;
        prime(context);
        aurelis_write write{};
        write.value = borrowed(value);
        write.meta.created_wall = runtime.clock.stamp();
        if (ttl != 0) write.meta.expires_wall = clock.now() + ttl;
        aurelis_status each[core::kStackLayersMax];
        return stack->set(context, key(name), write, each);
    }
    // The value, "-" for a miss, "~value" if stale.
    std::string get(const std::string& name, uint16_t* layer = nullptr) {
        core::CallContext context;
        prime(context);
        core::Lookup lookup;
        aurelis_entry entry{};
        const aurelis_status status = stack->get(context, key(name), lookup, entry);
        if (status == AURELIS_NOT_FOUND) return "-";
        const Pinned value(entry.value);
        if (layer != nullptr) *layer = entry.layer;
        return (status == AURELIS_STALE ? "~" : "") + std::string(value.view());
    }
    aurelis_status remove(const std::string& name) {
        core::CallContext context;
        prime(context);
        return stack->remove(context, key(name), nullptr);
    }
};

}  // namespace aurelis::testing
