// Cache: the room behind the door. Takes what a caller means (names, ttl, tags) and makes of it what the stack works
// with (keys, absolute times, attributes). Leaves to others: building it (cache_builder), C (host_api), JSON (report).
#pragma once

#include "base/fork_guard.hpp"
#include "flow/loader.hpp"
#include "flow/entry_terms.hpp"
#include "keys/key_builder.hpp"
#include "stack/stack.hpp"

#include <aurelis/aurelis.h>

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

// What aurelis_category_open hands out.
struct aurelis_category {
    aurelis::core::CategoryKeys keys;
    const aurelis::core::Policy* policy = nullptr;
};

namespace aurelis::core {

// An origin as the cache keeps it; destroyed with the last load that uses it.
struct HostOrigin {
    aurelis_origin table{};
    ~HostOrigin() {
        if (table.destroy != nullptr) table.destroy(table.user);
    }
};

struct CacheSpec {
    std::string name_space;
    std::string version;
    uint64_t max_value_bytes;
    int64_t close_timeout_ns;
    Policy default_policy;
    std::map<std::string, Policy, std::less<>> policies;
};

class Cache {
public:
    Cache(std::unique_ptr<Runtime> runtime, std::unique_ptr<SerializerShelf> serializers, KeyBuilder keys, CacheSpec spec,
          std::vector<LayerSpec> layers, std::map<std::string, std::unique_ptr<StoreHandle>, std::less<>> origins);
    ~Cache();

    bool forked() const noexcept { return fork_generation() != generation_; }
    // Leaves everything as the parent has it; for a forked child.
    void abandon() noexcept { abandoned_ = true; }
    aurelis_status close(int64_t timeout_ns, Error& error);

    Result<const aurelis_category*> category(std::string_view name);
    Stack& stack() noexcept { return stack_; }
    Loader& loader() noexcept { return loader_; }
    Runtime& runtime() noexcept { return *runtime_; }
    const SerializerShelf& serializers() const noexcept { return *serializers_; }
    const KeyBuilder& keys() const noexcept { return keys_; }
    const CacheSpec& spec() const noexcept { return spec_; }

    aurelis_status get(const aurelis_name& name, const aurelis_read_options* options, aurelis_answer& out, Error& error);
    aurelis_status multi_get(const aurelis_name* names, size_t n, const aurelis_read_options* options,
                             aurelis_answer* out, Error& error);
    aurelis_status set(const aurelis_name& name, std::string_view value, const aurelis_write_options* options,
                       aurelis_write_report* report, Error& error);
    aurelis_status remove(const aurelis_name& name, const aurelis_write_options* options, aurelis_write_report* report,
                          Error& error);
    // values NULL: removals.
    aurelis_status multi_write(const aurelis_name* names, const aurelis_bytes* values, size_t n,
                               const aurelis_write_options* options, aurelis_status* each, Error& error);
    aurelis_status clear(const aurelis_write_options* options, uint64_t& removed, Error& error);
    aurelis_status get_or_compute(const aurelis_name& name, aurelis_compute_fn compute, void* user,
                                  const aurelis_read_options* read, const aurelis_write_options* write,
                                  aurelis_answer& out, Error& error);
    // The value that an answer gave for the name cannot be read by the caller.
    aurelis_status reject(const aurelis_name& name, std::string_view value, std::string_view why, bool remove,
                          Error& error);
    uint64_t undecodable() const noexcept { return undecodable_.load(std::memory_order_relaxed); }
    aurelis_status register_origin(std::string_view name, const aurelis_origin& origin, Error& error);
    aurelis_status scan(std::string_view glob, const aurelis_read_options* options, aurelis_scan_fn visit, void* user,
                        Error& error);
    aurelis_status flush(int64_t timeout_ns, Error& error);

    // A name made into a key: bytes, hash, subject; what it points to lives in here and in the name.
    struct Named {
        KeyScratch scratch;
        BuiltKey built;
        aurelis_subject subject;
        aurelis_key key;
        const Policy* policy;

        Named() noexcept {}
        std::string_view identity() const noexcept { return built.full_identity(); }
    };
    aurelis_status resolve(const aurelis_name& name, Named& out, Error& error);
    const Policy& policy_of(std::string_view category) const;
    // What a call says of layers and time, taken down; else E_INVALID and why.
    aurelis_status begin(CallContext& context, const aurelis_read_options* options, Error& error);
    aurelis_status begin(CallContext& context, const aurelis_write_options* options, Error& error);

private:
    aurelis_status flush_until(int64_t deadline_mono, Error& error);
    aurelis_status get_named(CallContext& context, const Named& named, aurelis_answer& out);
    aurelis_status get_batch(CallContext& context, const aurelis_name* names, size_t n, aurelis_answer* out,
                             Error& error);
    aurelis_status resolve_full_key(const aurelis_name& name, Named& out, Error& error);
    aurelis_status origin_load(const std::string& origin, const Named& named, CallContext& context, Loaded& loaded);
    std::shared_ptr<HostOrigin> host_origin(std::string_view name);

    const uint64_t generation_ = fork_generation();
    std::unique_ptr<Runtime> runtime_;
    std::unique_ptr<SerializerShelf> serializers_;
    const KeyBuilder keys_;
    const CacheSpec spec_;
    Stack stack_;
    Loader loader_;
    std::map<std::string, std::unique_ptr<StoreHandle>, std::less<>> origins_;
    std::shared_mutex mutex_;  // Guards the two below; never held during a call.
    std::map<std::string, std::unique_ptr<aurelis_category>, std::less<>> categories_;
    std::map<std::string, std::shared_ptr<HostOrigin>, std::less<>> host_origins_;
    std::atomic<uint64_t> undecodable_{0};
    std::atomic<int64_t> undecodable_told_{0};  // When that was last told (mono); 0: never.
    bool abandoned_ = false;
};

// Hands an entry, and its reference to the value, to the caller.
void give(const aurelis_entry& entry, aurelis_status status, aurelis_answer& out) noexcept;

}  // namespace aurelis::core
