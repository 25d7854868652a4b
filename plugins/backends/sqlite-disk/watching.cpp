// SqliteDiskBackend: reporting the changes by other instances.
#include "backend.hpp"

#include <aurelis/plugin/boundary.hpp>

namespace aurelis::sqlite_disk {

namespace {

aurelis_status watch(aurelis_store* store, aurelis_call* call, uint32_t events, aurelis_bytes since,
                     aurelis_watch_fn fn, void* user) noexcept {
    return plugin::guarded(
        call, [&] { return static_cast<SqliteDiskBackend*>(store->self)->watch(events, since, fn, user); });
}
aurelis_status position(aurelis_store* store, aurelis_call* call, aurelis_buf* out) noexcept {
    return plugin::guarded(call, [&] { return static_cast<SqliteDiskBackend*>(store->self)->position(call, out); });
}
constexpr aurelis_ext_watch kWatchTable{&watch, &position};

}  // namespace

const void* SqliteDiskBackend::get_extension(const char* id) noexcept {
    return settings_.watches && std::string_view(id) == AURELIS_EXT_WATCH ? &kWatchTable : nullptr;
}

Result<void> SqliteDiskBackend::start_watching() {
    AURELIS_TRY_VOID(telling_.presence.open(keeper_.path()));
    const Result<void> started = watcher_.start();
    if (!started) telling_.presence.close();
    return started;
}

void SqliteDiskBackend::stop_watching() {
    watcher_.stop();
}

aurelis_status SqliteDiskBackend::watch(uint32_t events, aurelis_bytes since, aurelis_watch_fn fn, void* user) {
    watcher_.watch(events, view(since), fn, user);
    return AURELIS_OK;
}

aurelis_status SqliteDiskBackend::position(aurelis_call* call, aurelis_buf* out) {
    LogPosition at;
    if (!watcher_.position(&at))
        return plugin::report(call, AURELIS_E_UNAVAILABLE,
                              settings_.path + ": its changes are not being followed; watch first");
    const int64_t now = aurelis_call_wall(call, host_.raw());
    const aurelis_status status = in_batch(call, false, [&](Batch& batch) -> Result<aurelis_status> {
        AURELIS_TRY_VOID(batch.log().mark(now));
        return aurelis_status{AURELIS_OK};
    });
    if (status != AURELIS_OK) return status;
    Pinned text = host_.copy(at.text());
    if (text.raw().ops == nullptr) return plugin::report(call, AURELIS_E_NOMEM, "out of memory");
    *out = text.give();
    return AURELIS_OK;
}

}  // namespace aurelis::sqlite_disk
