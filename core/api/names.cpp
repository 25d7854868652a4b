#include "api/names.hpp"

#include "base/hash.hpp"

#include <algorithm>

namespace aurelis::core {
namespace {

aurelis_status refuse(Error& error, std::string why) {
    error = Error{AURELIS_E_INVALID, std::move(why)};
    return AURELIS_E_INVALID;
}

}  // namespace

void Names::use(const Policies& policies) {
    ExclusiveLock lock(mutex_);
    policies_.store(&policies, std::memory_order_release);
    for (const auto& [name, category] : categories_)
        category->policy.store(&policies.of(name), std::memory_order_release);
}

Result<const aurelis_category*> Names::open(std::string_view name) {
    {
        SharedLock lock(mutex_);
        const auto found = categories_.find(name);
        if (found != categories_.end()) return found->second.get();
    }
    AURELIS_TRY(keys, keys_.open(name));
    ExclusiveLock lock(mutex_);
    auto& place = categories_[std::string(name)];
    if (!place) {
        place = std::make_unique<aurelis_category>();
        place->keys = std::move(keys);
        place->policy.store(&policies_.load(std::memory_order_acquire)->of(name), std::memory_order_release);
    }
    return place.get();
}

aurelis_status Names::resolve_full_key(const aurelis_name& name, Named& out, Error& error) const {
    if (name.category != nullptr || name.part_count != 0 || name.params.size != 0)
        return refuse(error, "a full key was given together with a category, identifier or params; give one or the "
                             "other");
    if (name.key.size > kKeyBytesMax)
        return refuse(error, "the key has " + std::to_string(name.key.size) +
                                 " bytes, the limit is 65536; shorten it or hash it");
    const std::string_view key = view(name.key);
    if (keys_.is_reserved(key))
        return refuse(error, "the key is in the range that is reserved for the cache itself; choose another category");
    out.key = aurelis_key{key.data(), key.size(), hash_bytes(key.data(), key.size()), nullptr};
    out.built = BuiltKey{key, {}, {}};
    const auto category = keys_.category_of(key);
    const Policies& policies = *policies_.load(std::memory_order_acquire);
    out.policy = category ? &policies.of(*category) : &policies.otherwise();
    return AURELIS_OK;
}

aurelis_status Names::resolve(const aurelis_name& name, Named& out, Error& error) const {
    if (name.key.size != 0) return resolve_full_key(name, out, error);
    if (name.category == nullptr)
        return refuse(error, "the key is empty; give a category and an identifier, or a full key");
    if (name.part_count != 0 && name.parts == nullptr)
        return refuse(error, "part_count is above 0 but parts is NULL; point it to the identifier");
    for (size_t i = 0; i < std::min(name.part_count, kPartsMax); ++i)
        if (name.parts[i].data == nullptr && name.parts[i].size != 0)
            return refuse(error, "a part of the identifier has a size but no data; point it to its bytes");
    const aurelis_status status = keys_.build(name.category->keys, Parts(name.parts, name.part_count), name.params,
                                              out.scratch, out.built, &error);
    if (status != AURELIS_OK) return status;
    out.subject = aurelis_subject{};
    out.subject.struct_size = sizeof out.subject;
    out.subject.identity = bytes(out.built.identity);
    out.subject.category = bytes(name.category->keys.category());
    if (name.part_count == 1) out.subject.identifier = name.parts[0];
    out.subject.params = bytes(out.built.params);
    const std::string_view key = out.built.key;
    out.key = aurelis_key{key.data(), key.size(), hash_bytes(key.data(), key.size()), &out.subject};
    out.policy = name.category->policy.load(std::memory_order_acquire);
    return AURELIS_OK;
}

}  // namespace aurelis::core
