// The loader's batches: several names that are loaded with one call. A batch lands all that it leads before it waits
// for the loads of others, so that two batches never wait for each other.
#include "flow/landings.hpp"
#include "flow/loader.hpp"

#include <algorithm>

namespace aurelis::core {

// Makes the outcomes of the flights that this thread leads, and publishes them.
void Loader::fly_together(CallContext& context, const LoadBatch& batch, Landings& landings) {
    std::vector<size_t> which, places;  // In the batch, and in the landings.
    for (size_t k = 0; k < landings.size(); ++k) {
        LoadRequest& request = *batch.requests[landings.request(k)];
        if (found_meanwhile(context, request, landings[k].outcome)) continue;
        which.push_back(landings.request(k));
        places.push_back(k);
    }
    if (which.empty()) return;
    const Begun begun = begin();
    const size_t n = which.size();
    counts_[kLoads].fetch_add(n, std::memory_order_relaxed);
    if (n > 1) count(kLoadsTogether);
    std::vector<Loaded> loaded(n);
    std::vector<aurelis_status> each(n, AURELIS_E_INTERNAL);
    batch.run(which, loaded.data(), each.data());
    std::vector<aurelis_key> keys;
    std::vector<aurelis_write> writes;
    std::vector<Lookup*> lookups;
    for (size_t j = 0; j < n; ++j) {
        LoadRequest& request = *batch.requests[which[j]];
        LoadOutcome& outcome = landings[places[j]].outcome;
        outcome.error.clear();
        if (!complete(request, begun, each[j], loaded[j], outcome)) continue;
        keys.push_back(request.key);
        writes.push_back(write_of(outcome));
        lookups.push_back(&request.lookup);
    }
    if (keys.empty()) return;
    std::vector<aurelis_status> published(keys.size());
    context.call.now_wall = runtime_.clock.wall();
    Chain& chain = batch.requests[which[0]]->chain;
    chain.multi_publish(context, keys.data(), writes.data(), lookups.data(), keys.size(), published.data());
    const auto revoked = std::count(published.begin(), published.end(), aurelis_status{AURELIS_CONFLICT});
    counts_[kLoadsRevoked].fetch_add(static_cast<uint64_t>(revoked), std::memory_order_relaxed);
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
        for (size_t i = 0; i < n; ++i) {
            const LoadRequest& request = *batch.requests[i];
            bool leads = false;
            auto flight = flights_.join_or_lead(request.key.hash, request.identity, request.lookup.lease, leads);
            leads ? landings.add(i, std::move(flight)) : joined[i].swap(flight);
        }
        landings.lead();
        fly_together(context, batch, landings);
        for (size_t k = 0; k < landings.size(); ++k) {
            LoadAnswer& answered = out[landings.request(k)];
            answered.status = answer(context, landings[k].outcome, answered.entry);
            if (answered.status < 0) answered.error = landings[k].outcome.error;
        }
        landings.land();
    }
    for (size_t i = 0; i < n; ++i)
        if (joined[i] != nullptr) await(context, *batch.requests[i], *joined[i], known_stamp, asked, out[i]);
}

void Loader::load_together_behind(CallContext& context, const LoadBatch& batch, std::unique_ptr<OwnedLoad> load,
                                  LoadAnswer* out) {
    const size_t n = batch.requests.size();
    if (n == 0) return;
    const int64_t asked = runtime_.clock.mono();
    const int64_t known_stamp = batch.requests[0]->chain.stack().stamps().newest();
    FlightPtrs flights;
    const bool waits = std::any_of(batch.requests.begin(), batch.requests.end(),
                                   [](const LoadRequest* request) { return !request->has_stale; });
    if (is_worker_ && !waits)
        for (LoadRequest* const request : batch.requests) request->patience_ns = 0;
    if ((!is_worker_ || !waits) && start_behind(load, flights)) {
        for (size_t i = 0; i < n; ++i) await(context, *batch.requests[i], *flights[i], known_stamp, asked, out[i]);
        return;
    }
    // Too many are waiting, or this is one of them: a stale value is the answer, and the others are loaded here.
    std::vector<LoadRequest*> rest;
    std::vector<size_t> places;
    for (size_t i = 0; i < n; ++i) {
        out[i].status = AURELIS_STALE;
        if (batch.requests[i]->has_stale) continue;
        rest.push_back(batch.requests[i]);
        places.push_back(i);
    }
    const auto run = [&](std::span<const size_t> which, Loaded* loaded, aurelis_status* each) {
        std::vector<size_t> whole;
        for (const size_t i : which) whole.push_back(places[i]);
        batch.run(whole, loaded, each);
    };
    load.reset();
    std::vector<LoadAnswer> answers(rest.size());
    load_together(context, {rest, run}, answers.data());
    for (size_t j = 0; j < places.size(); ++j) out[places[j]] = std::move(answers[j]);
}

}  // namespace aurelis::core
