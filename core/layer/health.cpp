#include "layer/health.hpp"

#include "base/hash.hpp"

namespace aurelis::core {

bool is_outage(aurelis_status status) noexcept {
    switch (status) {
        case AURELIS_E_NOMEM:
        case AURELIS_E_INVALID:
        case AURELIS_E_UNSUPPORTED:
        case AURELIS_E_CANCELLED:
        case AURELIS_E_CORRUPT:
        case AURELIS_E_TOO_LARGE:
        case AURELIS_E_BUSY:
        case AURELIS_E_CONFIG:
        case AURELIS_E_SPACE:
        case AURELIS_E_FULL: return false;
        default: return true;
    }
}

aurelis_status known_failure(aurelis_status status) noexcept {
    const bool known = status < 0 && status >= AURELIS_E_CLOSED;
    return known ? status : aurelis_status{AURELIS_E_FAILED};
}

bool is_alive(StoreHandle& store, const Clock& clock, int64_t time_out_ns) {
    constexpr int64_t kProbeTimeNs = 1'000'000'000;
    CallContext context;
    context.call.flags = AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL | AURELIS_CALL_BACKGROUND;
    context.call.now_wall = clock.wall();
    context.call.deadline_mono = saturating_add(clock.mono(), time_out_ns != 0 ? time_out_ns : kProbeTimeNs);
    const auto* health =
        static_cast<const aurelis_ext_health*>(store.ops().get_extension(store.store(), AURELIS_EXT_HEALTH));
    if (health != nullptr && health->check != nullptr)
        return health->check(store.store(), &context.call) == AURELIS_OK;
    constexpr char kNobodys[] =
        "\x01"
        "aurelis.probe";
    const aurelis_key key{kNobodys, sizeof kNobodys - 1, hash_bytes(kNobodys, sizeof kNobodys - 1), nullptr};
    aurelis_entry entry{};
    const aurelis_status status = store.ops().get(store.store(), &context.call, &key, &entry);
    if (status == AURELIS_OK) aurelis_buf_release(&entry.value);
    return status >= 0 || !is_outage(status);
}

}  // namespace aurelis::core
