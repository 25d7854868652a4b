// Names: what callers call their entries, made into keys and the policy of their category. A name is resolved without a lock
// and without an allocation. Leaves to others: the bytes of keys (keys), what a policy means (flow).
// Threads: any.
#pragma once

#include "flow/entry_terms.hpp"
#include "keys/key_builder.hpp"

#include <aurelis/aurelis.h>

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

// What aurelis_category_open hands out.
struct aurelis_category {
    aurelis::core::CategoryKeys keys;
    const aurelis::core::Policy* policy = nullptr;
};

namespace aurelis::core {

struct Policies {
    Policy otherwise;  // Of a category that is not configured.
    std::map<std::string, Policy, std::less<>> by_category;
};

// A name made into a key: bytes, hash, subject; what it points to lives in here and in the caller's name.
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
    Names(KeyBuilder keys, Policies policies) : keys_(std::move(keys)), policies_(std::move(policies)) {}

    // Lives as long as this.
    Result<const aurelis_category*> open(std::string_view category);
    // AURELIS_OK, or E_INVALID and why.
    aurelis_status resolve(const aurelis_name& name, Named& out, Error& error) const;
    const KeyBuilder& keys() const noexcept { return keys_; }

private:
    const Policy& policy_of(std::string_view category) const;
    aurelis_status resolve_full_key(const aurelis_name& name, Named& out, Error& error) const;

    const KeyBuilder keys_;
    const Policies policies_;
    std::shared_mutex mutex_;  // Guards what follows; never held during a call.
    std::map<std::string, std::unique_ptr<aurelis_category>, std::less<>> categories_;
};

}  // namespace aurelis::core
