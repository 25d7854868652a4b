// NameLoad: what loads the value of one name: the caller's function, or the origin of its category. OwnedNameLoad: the
// same with copies of all that it refers to, for a load that goes on behind its call.
// Leaves to others: whether, when and on which thread it runs (cache_load, loader).
#pragma once

#include "api/cache.hpp"
#include "flow/load_terms.hpp"

#include <memory>
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

    aurelis_status run(Loaded& loaded) const;
    void describe(const Loaded& loaded, int64_t created, aurelis_meta& meta, std::string& attrs) const;
};

class OwnedNameLoad final : public OwnedLoad {
public:
    // NULL: its function cannot be kept. Takes over the lease of the request's look-up; a refresh, which comes without
    // one, takes its own.
    static std::unique_ptr<OwnedLoad> of(const NameLoad& load, LoadRequest& request);
    ~OwnedNameLoad() override;

    LoadRequest& request() noexcept override { return request_; }
    CallContext& context() noexcept override { return context_; }

private:
    OwnedNameLoad(const NameLoad& load, LoadRequest& request, const aurelis_computation& kept);

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

    const Name name_;
    Named named_;
    const Stale stale_;
    const aurelis_computation computation_;
    EntryTerms terms_;
    CallContext context_;
    Lookup lookup_;
    const NameLoad load_;
    Run run_;
    Describe describe_;
    LoadRequest request_;
};

}  // namespace aurelis::core
