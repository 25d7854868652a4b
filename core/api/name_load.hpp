// NameLoad: what loads the value of one name: the caller's function, or the origin of its category. OwnedNameLoad: the
// same with copies of all that it refers to. OwnedNameLoads: those of one load that goes on behind its call.
// Leaves to others: whether, when and on which thread it runs (cache_load, loader).
#pragma once

#include "api/cache.hpp"
#include "flow/load_terms.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aurelis::core {

struct NameLoad {
    Cache& cache;
    const aurelis_name& name;
    const Named& named;
    const aurelis_computation& computation;
    EntryTerms& terms;  // Those of the call; what the value specifies is added.
    CallContext& context;
    const aurelis_entry* stale = nullptr;  // The copy that it is to replace.

    bool has_function() const noexcept { return computation.run != nullptr || computation.run_many != nullptr; }
    aurelis_status run(Loaded& loaded) const;
    aurelis_status run_function(Loaded& loaded) const;
    void describe(const Loaded& loaded, int64_t created, aurelis_meta& meta, std::string& attrs) const;

    // As the request of a load needs them.
    struct Run {
        const NameLoad& load;
        aurelis_status operator()(Loaded& loaded) const { return load.run(loaded); }
    };
    struct Describe {
        const NameLoad& load;
        void operator()(const Loaded& loaded, int64_t created, aurelis_meta& meta, std::string& attrs) const {
            load.describe(loaded, created, meta, attrs);
        }
    };
};

// Whether several names are loaded with one call.
bool loads_at_once(const NameLoad& load);
// Loads names of one category that `which` names, with one call if the function or the origin can.
void run_together(std::span<const NameLoad* const> loads, CallContext& context, std::span<const size_t> which,
                  Loaded* loaded, aurelis_status* each);

// A function that its caller has let the library keep, until this is destroyed.
class KeptComputation {
public:
    explicit KeptComputation(const aurelis_computation& kept) : computation_(kept) {}
    ~KeptComputation() {
        if (computation_.keep != nullptr) computation_.release(computation_.user);
    }
    KeptComputation(const KeptComputation&) = delete;
    KeptComputation& operator=(const KeptComputation&) = delete;
    // NULL: it cannot be kept. The origin of a category can.
    static std::unique_ptr<KeptComputation> of(const aurelis_computation& computation);

    const aurelis_computation& get() const noexcept { return computation_; }

private:
    const aurelis_computation computation_;
};

class OwnedNameLoad {
public:
    // Takes over the lease of the request's look-up; a refresh, which comes without one, takes its own.
    OwnedNameLoad(const NameLoad& load, LoadRequest& request, const KeptComputation& kept, CallContext& context);

    const NameLoad& load() const noexcept { return load_; }
    LoadRequest& request() noexcept { return request_; }

private:
    struct Name {
        explicit Name(const aurelis_name& from);
        std::vector<std::string> texts;
        std::vector<aurelis_bytes> parts;
        std::string params, key;
        aurelis_name name{};
    };
    struct Stale {
        explicit Stale(const aurelis_entry* from);
        Pinned value;
        std::string attrs;
        aurelis_entry entry{};
    };
    const Name name_;
    Named named_;
    const Stale stale_;
    EntryTerms terms_;
    Lookup lookup_;
    const NameLoad load_;
    NameLoad::Run run_;
    NameLoad::Describe describe_;
    LoadRequest request_;
};

class OwnedNameLoads final : public OwnedLoad {
public:
    // caller: of the call that begins the load; what still holds after it is taken over.
    OwnedNameLoads(const CallContext& caller, std::unique_ptr<KeptComputation> kept);
    // NULL: its function cannot be kept.
    static std::unique_ptr<OwnedLoad> of(const NameLoad& load, LoadRequest& request);

    void add(const NameLoad& load, LoadRequest& request);
    const LoadBatch& batch() noexcept override {
        return batch_.emplace(LoadBatch{requests_, names_.size() == 1 || loads_at_once(*names_[0]), run_});
    }
    CallContext& context() noexcept override { return context_; }

private:
    struct Run {
        OwnedNameLoads& all;
        void operator()(std::span<const size_t> which, Loaded* loaded, aurelis_status* each) const {
            run_together(all.names_, all.context_, which, loaded, each);
        }
    };

    const std::unique_ptr<KeptComputation> kept_;
    CallContext context_;
    std::deque<OwnedNameLoad> loads_;
    std::vector<LoadRequest*> requests_;
    std::vector<const NameLoad*> names_;
    Run run_{*this};
    std::optional<LoadBatch> batch_;
};

}  // namespace aurelis::core
