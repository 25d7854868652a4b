// Cache: what the host API's functions do. It lasts as long as its handle; what is built from a configuration is its
// Assembly. Leaves to others: names (names), terms of entries and loading (flow), building it (cache_builder), the C
// side (host_api), JSON (report).
#pragma once

#include "api/assembly.hpp"
#include "api/names.hpp"
#include "base/fork_guard.hpp"
#include "flow/answer.hpp"
#include "flow/event_rules.hpp"

#include <aurelis/aurelis.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace aurelis::core {

// Longer batches of callers go through the layers in parts of so many keys.
inline constexpr size_t kBatchMax = 1024;

struct CacheSpec {
    std::string name_space;
    std::string version;
    uint64_t max_value_bytes;
    int64_t close_timeout_ns;
};

struct LoadTerms;
struct NameLoad;

class Cache {
public:
    Cache(CacheSpec spec, KeyBuilder keys, std::unique_ptr<Assembly> assembly);
    ~Cache();

    bool forked() const noexcept { return fork_generation() != generation_; }
    aurelis_status close(int64_t timeout_ns, Error& error);

    Result<const aurelis_category*> category(std::string_view name) { return names_.open(name); }
    const Assembly& assembly() const noexcept { return *assembly_; }
    Stack& stack() noexcept { return assembly_->stack; }
    Loader& loader() noexcept { return assembly_->loader; }
    Origins& origins() noexcept { return assembly_->origins; }
    Runtime& runtime() noexcept { return *assembly_->runtime; }
    const SerializerShelf& serializers() const noexcept { return *assembly_->serializers; }
    const Names& names() const noexcept { return names_; }
    const KeyBuilder& keys() const noexcept { return names_.keys(); }
    const CacheSpec& spec() const noexcept { return spec_; }

    aurelis_status get(const aurelis_name& name, const aurelis_read_options* options, aurelis_answer& out,
                       Error& error);
    // Batches. PARTIAL: errors has a text for each item that failed, and error has that of the first.
    aurelis_status multi_get(const aurelis_name* names, size_t n, const aurelis_read_options* options,
                             aurelis_answer* out, Error& error, ItemErrors& errors);
    aurelis_status set(const aurelis_name& name, std::string_view value, const aurelis_write_options* options,
                       aurelis_write_report* report, Error& error);
    aurelis_status remove(const aurelis_name& name, const aurelis_write_options* options, aurelis_write_report* report,
                          Error& error);
    // values NULL: removals.
    aurelis_status multi_write(const aurelis_name* names, const aurelis_bytes* values, size_t n,
                               const aurelis_write_options* options, aurelis_status* each, Error& error,
                               ItemErrors& errors);
    // PARTIAL: not every layer could be cleared; the error has a line for each that could not.
    aurelis_status clear(const aurelis_write_options* options, uint64_t& removed, Error& error);
    // PARTIAL as from clear.
    aurelis_status invalidate(const aurelis_invalidation& what, aurelis_invalidation_report& report, Error& error);
    EventRules& rules() noexcept { return rules_; }
    aurelis_status get_or_compute(const aurelis_name& name, const aurelis_computation& computation,
                                  const aurelis_read_options* read, const aurelis_write_options* write,
                                  aurelis_answer& out, Error& error);
    // PARTIAL as from multi_get.
    aurelis_status multi_get_or_compute(const aurelis_name* names, size_t n, const aurelis_computation& computation,
                                        const aurelis_read_options* read, const aurelis_write_options* write,
                                        aurelis_answer* out, Error& error, ItemErrors& errors);
    // The caller reports that it cannot read the value that an answer returned for the name.
    aurelis_status reject(const aurelis_name& name, std::string_view value, std::string_view why, bool remove,
                          Error& error);
    uint64_t undecodable() const noexcept { return undecodable_.load(std::memory_order_relaxed); }
    aurelis_status register_origin(std::string_view name, const aurelis_origin& origin, Error& error);
    // PARTIAL as from clear.
    aurelis_status scan(std::string_view glob, const aurelis_read_options* options, aurelis_scan_fn visit, void* user,
                        Error& error);
    aurelis_status flush(int64_t timeout_ns, Error& error);

    // Takes the layers and times of a call from its options; E_INVALID and the reason if they are wrong.
    aurelis_status begin(CallContext& context, const aurelis_read_options* options, Error& error);
    aurelis_status begin(CallContext& context, const aurelis_write_options* options, Error& error);

private:
    aurelis_status select(const aurelis_invalidation& what, Stack::Invalidation& out, Error& error) const;
    aurelis_status select_by_event(const aurelis_invalidation& what, Stack::Invalidation& out,
                                   std::vector<std::string>& keys_to_remove, aurelis_invalidation_report& report,
                                   Error& error) const;
    aurelis_status remove_keys(const std::vector<std::string>& keys, const aurelis_write_options& options,
                               Stack::Reach* each, Error& error);
    aurelis_status flush_until(int64_t deadline_mono, Error& error);
    // What a get_or_compute asks for, and the look-up that did not find it.
    struct Wanted {
        const aurelis_name& name;
        const Named& named;
        const aurelis_computation& computation;
        const aurelis_read_options* read;
        const LoadTerms& how;
        CallContext& context;
        uint64_t landings_seen;
        Lookup lookup{};
    };
    aurelis_status take_terms(const aurelis_write_options& options, CallContext& context, EntryTerms& terms,
                              Error& error);
    // Of them, what concerns the call.
    aurelis_status take_write_call(const aurelis_write_options& options, CallContext& context, Error& error);
    aurelis_status load_wanted(Wanted& wanted, EntryTerms& terms, aurelis_status status, aurelis_entry& entry,
                               aurelis_answer& out, Error& error);
    // Whether a fresh value is to be loaded anew behind the call.
    bool is_to_be_refreshed(const NameLoad& load, const LoadRequest& request, const EarlyRefresh& refresh);
    void refresh_early(const NameLoad& load, LoadRequest& request, const EarlyRefresh& refresh);
    // What is wrong with the origin that a load without a function asks; empty: nothing.
    std::string mistake_in_origin(const NameLoad& load);
    // The stale copy that strategies have not returned. True: there is one.
    bool find_stale(const Named& named, const aurelis_read_options* read, aurelis_entry& stale);
    // The answer to a caller whose load has brought no value: a stale one, the default value, or status. why: the error
    // of the load.
    aurelis_status give_otherwise(const LoadRequest& request, const LoadTerms& how, aurelis_status status,
                                  bool is_paused, const aurelis_entry* stale, std::string& why, aurelis_answer& out);
    friend class BatchLoading;
    aurelis_status load_batch(CallContext& context, const aurelis_name* names, size_t first, size_t n,
                              const aurelis_computation& computation, const aurelis_read_options* read,
                              const aurelis_write_options* write, aurelis_answer* out, ItemErrors& errors,
                              Error& error);
    // Checks the value of an item of a batch; the error says what is wrong with it.
    aurelis_status check_value(size_t item, const aurelis_bytes& value, Error& error) const;
    aurelis_status get_named(CallContext& context, const aurelis_name& name, const Named& named, aurelis_answer& out,
                             Error& error);
    aurelis_status get_through(Chain& chain, CallContext& context, const aurelis_name& name, const Named& named,
                               Lookup& lookup, aurelis_entry& entry, Error& error);
    void get_batch(CallContext& context, const aurelis_name* names, size_t first, size_t n, aurelis_answer* out,
                   ItemErrors& errors);

    const uint64_t generation_ = fork_generation();
    const CacheSpec spec_;
    Names names_;
    EventRules rules_;
    const std::unique_ptr<Assembly> assembly_;
    std::atomic<uint64_t> undecodable_{0};
    std::atomic<int64_t> undecodable_told_{0};  // When it was last logged (mono); 0: never.
};

// As give() for what a get has found. A negative entry is a miss, with the flags and times of the entry. Returns what
// the caller is told.
aurelis_status give_or_miss(aurelis_entry& entry, aurelis_status status, aurelis_answer& out) noexcept;

}  // namespace aurelis::core
