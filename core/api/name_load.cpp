#include "api/name_load.hpp"

#include "base/buffer.hpp"
#include "flow/computation.hpp"

#include <algorithm>

namespace aurelis::core {

aurelis_status NameLoad::run(Loaded& loaded) const {
    const uint64_t bytes_max = cache.spec().max_value_bytes;
    if (!has_function()) {
        NameToLoad one{name, named.key, stale, terms, loaded};
        return cache.origins().load(*named.policy, one, context, bytes_max);
    }
    const aurelis_status made = run_function(loaded);
    // A value that set would refuse for its size is returned to the waiting callers, but not stored.
    if (made == AURELIS_OK && loaded.value.size() > bytes_max) loaded.too_large = true;
    return made;
}

aurelis_status NameLoad::run_function(Loaded& loaded) const {
    if (computation.run != nullptr)
        return run_computation(computation.run, computation.user, name, context.call, stale, terms, loaded);
    NameToLoad one{name, named.key, stale, terms, loaded};
    run_computations(computation.run_many, computation.user, context.call, {&one, 1});
    return one.status;
}

bool loads_at_once(const NameLoad& load) {
    if (load.has_function()) return load.computation.run_many != nullptr;
    return load.cache.origins().can_load_together(load.named.policy->origin);
}

void run_together(std::span<const NameLoad* const> loads, CallContext& context, std::span<const size_t> which,
                  Loaded* loaded, aurelis_status* each) {
    const NameLoad& first = *loads[which[0]];
    const bool by_function = first.has_function();
    if (by_function && (first.computation.run_many == nullptr || which.size() == 1)) {
        for (size_t j = 0; j < which.size(); ++j) each[j] = loads[which[j]]->run(loaded[j]);
        return;
    }
    const uint64_t bytes_max = first.cache.spec().max_value_bytes;
    std::vector<NameToLoad> names;
    for (size_t j = 0; j < which.size(); ++j) {
        const NameLoad& load = *loads[which[j]];
        names.push_back({load.name, load.named.key, load.stale, load.terms, loaded[j]});
    }
    if (by_function)
        run_computations(first.computation.run_many, first.computation.user, context.call, names);
    else
        first.cache.origins().load_together(first.named.policy->origin, names, context, bytes_max);
    for (size_t j = 0; j < which.size(); ++j) {
        each[j] = names[j].status;
        if (each[j] == AURELIS_OK && loaded[j].value.size() > bytes_max) loaded[j].too_large = true;
    }
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

std::unique_ptr<KeptComputation> KeptComputation::of(const aurelis_computation& computation) {
    aurelis_computation kept = computation;
    if (kept.run == nullptr && kept.run_many == nullptr) kept.keep = nullptr;
    if (kept.keep != nullptr && (kept.user = kept.keep(kept.user)) == nullptr) return nullptr;
    try {
        return std::make_unique<KeptComputation>(kept);
    } catch (...) {
        if (kept.keep != nullptr) kept.release(kept.user);
        throw;
    }
}

OwnedNameLoad::OwnedNameLoad(const NameLoad& load, LoadRequest& request, const KeptComputation& kept,
                             CallContext& context)
    : name_(load.name),
      stale_(load.stale),
      terms_(load.terms),
      load_{load.cache, name_.name, named_, kept.get(), terms_, context,
            load.stale != nullptr ? &stale_.entry : nullptr},
      run_{load_},
      describe_{load_},
      request_{named_.key, {}, request.chain, lookup_, request.landings_seen, run_, describe_,
               request.failure_pause_ns} {
    Error unused;
    load.cache.names().resolve(name_.name, named_, unused);  // As it has been resolved for the call.
    request_.key = named_.key;
    request_.identity = named_.identity();
    lookup_.missed = request.lookup.missed;
    lookup_.held = request.lookup.held;
    std::copy(std::begin(request.lookup.versions), std::end(request.lookup.versions), lookup_.versions);
    if (request.lookup.lease.taken())
        request.lookup.lease.move_to(lookup_.lease);
    else
        request.chain.stack().order().take_lease(named_.key.hash, lookup_.lease);
}

OwnedNameLoads::OwnedNameLoads(const CallContext& caller, std::unique_ptr<KeptComputation> kept)
    : kept_(std::move(kept)) {
    context_.call.flags = AURELIS_CALL_BACKGROUND | (caller.call.flags & AURELIS_CALL_REFRESH);
    context_.call.layers = caller.call.layers;
    context_.call.now_wall = caller.call.now_wall;
    std::copy(std::begin(caller.call.trace_id), std::end(caller.call.trace_id), context_.call.trace_id);
    context_.call.span_id = caller.call.span_id;
    context_.call.trace_flags = caller.call.trace_flags;
}

std::unique_ptr<OwnedLoad> OwnedNameLoads::of(const NameLoad& load, LoadRequest& request) {
    auto kept = KeptComputation::of(load.computation);
    if (kept == nullptr) return nullptr;
    auto owned = std::make_unique<OwnedNameLoads>(load.context, std::move(kept));
    owned->add(load, request);
    return owned;
}

void OwnedNameLoads::add(const NameLoad& load, LoadRequest& request) {
    OwnedNameLoad& owned = loads_.emplace_back(load, request, *kept_, context_);
    requests_.push_back(&owned.request());
    names_.push_back(&owned.load());
}

}  // namespace aurelis::core
