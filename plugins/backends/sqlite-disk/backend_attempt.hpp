// The frame around every data call of SqliteDiskBackend; included by backend.hpp alone.
#pragma once

#include "backend.hpp"

namespace aurelis::sqlite_disk {

template <typename Work>
aurelis_status SqliteDiskBackend::attempt(aurelis_call* call, bool for_writing, Work&& work) {
    if (call != nullptr && (call->flags & AURELIS_CALL_NO_BLOCK) != 0)
        return plugin::report(call, AURELIS_E_BUSY, "sqlite-disk reads and writes a file; ask without NO_BLOCK");
    // Work in many parts, such as a removal by condition, checks this before each part.
    const aurelis_status ended = aurelis_call_ended(call, host_.raw());
    if (ended == AURELIS_E_CANCELLED) return plugin::report(call, ended, "the caller has cancelled the call");
    if (ended != AURELIS_OK) return refuse(call, fail(ended, "the deadline had passed; allow more time"));
    const Patience patience = patience_of(call);
    for (int round = 0;; ++round) {
        Result<Shared> connections = keeper_.current(patience, for_writing);
        if (!connections) return refuse(call, connections.error());
        Result<aurelis_status> done = work(connections.value(), patience);
        if (done) return done.value();
        if (done.error().status != AURELIS_E_CORRUPT || round == 2) return refuse(call, done.error());
        const Result<void> recovered = keeper_.recover(connections.value(), done.error(), patience);
        if (!recovered) return refuse(call, recovered.error());
    }
}

template <typename Work>
aurelis_status SqliteDiskBackend::in_batch(aurelis_call* call, bool power_safe, Work&& work) {
    return attempt(call, true,
                   [&](const Shared& connections, const Patience& patience) -> Result<aurelis_status> {
                       AURELIS_TRY(turn, WriteTurn::take(connections, patience));
                       Batch batch(turn, settings_, recency_, counters_, telling_);
                       AURELIS_TRY_VOID(batch.begin(power_safe));
                       AURELIS_TRY(status, work(batch));
                       AURELIS_TRY_VOID(batch.commit());
                       return status;
                   });
}

}  // namespace aurelis::sqlite_disk
