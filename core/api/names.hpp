// Names: turns what callers call their entries into keys and the policy of their category. A name is resolved without a
// lock and without an allocation. Leaves to others: the bytes of keys (keys), what a policy means (flow).
// Threads: any.
#pragma once

#include "base/locks.hpp"
#include "flow/entry_terms.hpp"
#include "keys/key_builder.hpp"

#include <aurelis/aurelis.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>

// What aurelis_category_open returns.
struct aurelis_category {
    aurelis::core::CategoryKeys keys;
    std::atomic<const aurelis::core::Policy*> policy{nullptr};  // From the current assembly.
};

namespace aurelis::core {

// A name turned into a key: bytes, hash, subject; what it points to is in here and in the caller's name.
struct Named {
    KeyScratch scratch;
    BuiltKey built;
    aurelis_subject subject;
    aurelis_key key;
    const Policy* policy;

    Named() noexcept {}
    std::string_view identity() const noexcept { return built.full_identity(); }
};

class Names {
public:
    explicit Names(KeyBuilder keys) : keys_(std::move(keys)) {}

    // Sets what names resolve to from now on; the policies outlive every call that resolves one. Called before the
    // first one.
    void use(const Policies& policies) AURELIS_EXCLUDES(mutex_);
    // The result lives as long as this object.
    Result<const aurelis_category*> open(std::string_view category) AURELIS_EXCLUDES(mutex_);
    // AURELIS_OK, or E_INVALID and the reason.
    aurelis_status resolve(const aurelis_name& name, Named& out, Error& error) const;
    const KeyBuilder& keys() const noexcept { return keys_; }

private:
    aurelis_status resolve_full_key(const aurelis_name& name, Named& out, Error& error) const;

    const KeyBuilder keys_;
    std::atomic<const Policies*> policies_{nullptr};
    SharedMutex mutex_;  // Never held during a call.
    std::map<std::string, std::unique_ptr<aurelis_category>, std::less<>> categories_ AURELIS_GUARDED_BY(mutex_);
};

}  // namespace aurelis::core
