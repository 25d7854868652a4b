#include "api/name_load.hpp"

#include "base/buffer.hpp"
#include "flow/computation.hpp"

#include <algorithm>

namespace aurelis::core {

aurelis_status NameLoad::run(Loaded& loaded) const {
    const uint64_t bytes_max = cache.spec().max_value_bytes;
    if (computation.run == nullptr)
        return cache.origins().load(named.policy->origin, name, named.key, context, stale, terms, bytes_max, loaded);
    const aurelis_status made =
        run_computation(computation.run, computation.user, name, context.call, stale, terms, loaded);
    // A value that set would refuse for its size is returned to the waiting callers, but not stored.
    if (made == AURELIS_OK && loaded.value.size() > bytes_max) loaded.too_large = true;
    return made;
}

void NameLoad::describe(const Loaded& loaded, int64_t created, aurelis_meta& meta, std::string& attrs) const {
    const int64_t now = cache.runtime().clock.wall();
    loaded.is_negative ? terms.apply_negative(now, created, meta) : terms.apply(now, created, named.key.hash, meta);
    attrs = terms.attrs(named.built.identity);
}

OwnedNameLoad::Name::Name(const aurelis_name& from) : params(view(from.params)), key(view(from.key)) {
    for (size_t i = 0; i < from.part_count; ++i) texts.emplace_back(view(from.parts[i]));
    for (const std::string& text : texts) parts.push_back(bytes(text));
    name.category = from.category;
    name.parts = parts.data();
    name.part_count = parts.size();
    if (!params.empty()) name.params = bytes(params);
    if (!key.empty()) name.key = bytes(key);
}

OwnedNameLoad::Stale::Stale(const aurelis_entry* from) {
    if (from == nullptr) return;
    value = keep_buffer(from->value);
    attrs = view(from->attrs);
    entry = *from;
    entry.value = value.raw();
    entry.attrs = bytes(attrs);
}

std::unique_ptr<OwnedLoad> OwnedNameLoad::of(const NameLoad& load, LoadRequest& request) {
    aurelis_computation kept = load.computation;
    if (kept.run != nullptr) kept.user = kept.keep(kept.user);
    if (kept.run != nullptr && kept.user == nullptr) return nullptr;
    try {
        return std::unique_ptr<OwnedLoad>(new OwnedNameLoad(load, request, kept));
    } catch (...) {
        if (kept.run != nullptr) kept.release(kept.user);
        throw;
    }
}

OwnedNameLoad::OwnedNameLoad(const NameLoad& load, LoadRequest& request, const aurelis_computation& kept)
    : name_(load.name),
      stale_(load.stale),
      computation_(kept),
      terms_(load.terms),
      load_{load.cache, name_.name, named_, computation_, terms_, context_,
            load.stale != nullptr ? &stale_.entry : nullptr},
      run_{load_},
      describe_{load_},
      request_{named_.key, {}, request.chain, lookup_, request.landings_seen, run_, describe_,
               request.failure_pause_ns} {
    Error unused;
    load.cache.names().resolve(name_.name, named_, unused);  // As it has been resolved for the call.
    request_.key = named_.key;
    request_.identity = named_.identity();
    context_.call.flags = AURELIS_CALL_BACKGROUND | (load.context.call.flags & AURELIS_CALL_REFRESH);
    context_.call.layers = load.context.call.layers;
    context_.call.now_wall = load.context.call.now_wall;
    std::copy(std::begin(load.context.call.trace_id), std::end(load.context.call.trace_id), context_.call.trace_id);
    context_.call.span_id = load.context.call.span_id;
    context_.call.trace_flags = load.context.call.trace_flags;
    lookup_.missed = request.lookup.missed;
    lookup_.held = request.lookup.held;
    std::copy(std::begin(request.lookup.versions), std::end(request.lookup.versions), lookup_.versions);
    if (request.lookup.lease.taken())
        request.lookup.lease.move_to(lookup_.lease);
    else
        request.chain.stack().order().take_lease(named_.key.hash, lookup_.lease);
}

OwnedNameLoad::~OwnedNameLoad() {
    if (computation_.run != nullptr) computation_.release(computation_.user);
}

}  // namespace aurelis::core
