// The loader's batches: several names that are loaded with one call. A batch lands all that it leads before it waits
// for the loads of others, so that two batches never wait for each other.
#include "flow/landings.hpp"
#include "flow/loader.hpp"

#include <algorithm>

namespace aurelis::core {

// Makes the outcomes of the flights that this thread leads.
void Loader::fly_together(CallContext& context, const LoadBatch& batch, Landings& landings,
                          FunctionRef<void(size_t k)> has_flown) {
    std::vector<size_t> places;
    for (size_t k = 0; k < landings.size(); ++k) {
        if (found_meanwhile(context, *batch.requests[landings.request(k)], landings[k].outcome))
            has_flown(k);
        else if (batch.at_once)
            places.push_back(k);
        else
            fly_at_once(context, batch, landings, {k}, has_flown);
    }
    if (!places.empty()) fly_at_once(context, batch, landings, places, has_flown);
}

void Loader::fly_at_once(CallContext& context, const LoadBatch& batch, Landings& landings,
                         const std::vector<size_t>& places, FunctionRef<void(size_t k)> has_flown) {
    const size_t n = places.size();
    std::vector<size_t> which;
    for (const size_t k : places) which.push_back(landings.request(k));
    const Begun begun = begin();
    counts_[kLoads].fetch_add(n, std::memory_order_relaxed);
    if (n > 1) count(kLoadsTogether);
    std::vector<Loaded> loaded(n);
    std::vector<aurelis_status> each(n, AURELIS_E_INTERNAL);
    batch.run(which, loaded.data(), each.data());
    std::vector<size_t> to_publish;
    for (size_t j = 0; j < n; ++j) {
        LoadOutcome& outcome = landings[places[j]].outcome;
        outcome.error.clear();
        if (complete(*batch.requests[which[j]], begun, each[j], loaded[j], outcome))
            to_publish.push_back(j);
        else
            has_flown(places[j]);
    }
    if (to_publish.empty()) return;
    Chain& chain = batch.requests[which[0]]->chain;
    if (!chain.is_stack_alone()) {
        // In the lane of a key a strategy may wait for the load of another one of these.
        for (const size_t j : to_publish) {
            publish(context, *batch.requests[which[j]], landings[places[j]].outcome);
            has_flown(places[j]);
        }
        return;
    }
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    std::vector<Lookup*> lookups;
    for (const size_t j : to_publish) {
        keys.push_back(batch.requests[which[j]]->key);
        writes.push_back(write_of(landings[places[j]].outcome));
        lookups.push_back(&batch.requests[which[j]]->lookup);
    }
    std::vector<aurelis_status> published(keys.size());
    context.call.now_wall = runtime_.clock.wall();
    chain.stack().multi_publish(context, keys.data(), writes.data(), lookups.data(), keys.size(), published.data());
    const auto revoked = std::count(published.begin(), published.end(), aurelis_status{AURELIS_CONFLICT});
    counts_[kLoadsRevoked].fetch_add(static_cast<uint64_t>(revoked), std::memory_order_relaxed);
    for (const size_t j : to_publish) has_flown(places[j]);
}

void Loader::await(CallContext& context, LoadRequest& request, Flight& flight, int64_t known_stamp, int64_t asked_mono,
                   LoadAnswer& out) {
    context.error.clear();
    if (!join(context, request, flight, known_stamp, asked_mono, out.entry, out.status))
        out.status = load_anew(context, request, known_stamp, out.entry);
    if (out.status < 0) out.error = std::move(context.error);
}

void Loader::load_together(CallContext& context, const LoadBatch& batch, LoadAnswer* out) {
    const size_t n = batch.requests.size();
    if (n == 0) return;
    const int64_t asked = runtime_.clock.mono();
    for (LoadRequest* const request : batch.requests)
        if (!request->lookup.lease.taken()) observe(context, *request);
    const int64_t known_stamp = batch.requests[0]->chain.stack().stamps().newest();
    FlightPtrs joined(n);
    {
        Landings landings(flights_);
        landings.reserve(n);
        for (size_t i = 0; i < n; ++i) {
            const LoadRequest& request = *batch.requests[i];
            bool leads = false;
            auto flight = flights_.join_or_lead(request.key.hash, request.identity, request.lookup.lease, leads);
            leads ? landings.add(i, std::move(flight)) : joined[i].swap(flight);
        }
        landings.lead();
        const auto has_flown = [&](size_t k) {
            LoadAnswer& answered = out[landings.request(k)];
            answered.status = answer(context, landings[k].outcome, answered.entry);
            if (answered.status < 0) answered.error = landings[k].outcome.error;
            landings[k].land();
        };
        fly_together(context, batch, landings, has_flown);
    }
    for (size_t i = 0; i < n; ++i)
        if (joined[i] != nullptr) await(context, *batch.requests[i], *joined[i], known_stamp, asked, out[i]);
}

bool Loader::begin_behind(const LoadBatch& batch, std::unique_ptr<OwnedLoad>& load, Pending& pending) {
    pending.asked_mono = runtime_.clock.mono();
    pending.known_stamp = batch.requests[0]->chain.stack().stamps().newest();
    for (LoadRequest* const request : batch.requests) {
        if (is_worker_ && !request->has_stale) return false;
        if (is_worker_) request->patience_ns = 0;
    }
    return start_behind(load, pending.flights);
}

void Loader::await(CallContext& context, const LoadBatch& batch, Pending& pending, LoadAnswer* out) {
    for (size_t i = 0; i < batch.requests.size(); ++i)
        await(context, *batch.requests[i], *pending.flights[i], pending.known_stamp, pending.asked_mono, out[i]);
}

}  // namespace aurelis::core
