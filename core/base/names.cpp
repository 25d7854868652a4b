#include "base/names.hpp"

namespace aurelis::core {

const char* const kLibraryVersion = AURELIS_VERSION_TEXT;

const char* status_name(aurelis_status status) noexcept {
    switch (status) {
        case AURELIS_OK: return "OK";
        case AURELIS_NOT_FOUND: return "NOT_FOUND";
        case AURELIS_STALE: return "STALE";
        case AURELIS_NOT_STORED: return "NOT_STORED";
        case AURELIS_CONFLICT: return "CONFLICT";
        case AURELIS_PARTIAL: return "PARTIAL";
        case AURELIS_PENDING: return "PENDING";
        case AURELIS_DECLINED: return "DECLINED";
        case AURELIS_E_NOMEM: return "E_NOMEM";
        case AURELIS_E_INVALID: return "E_INVALID";
        case AURELIS_E_UNSUPPORTED: return "E_UNSUPPORTED";
        case AURELIS_E_UNAVAILABLE: return "E_UNAVAILABLE";
        case AURELIS_E_TIMEOUT: return "E_TIMEOUT";
        case AURELIS_E_CANCELLED: return "E_CANCELLED";
        case AURELIS_E_CORRUPT: return "E_CORRUPT";
        case AURELIS_E_TOO_LARGE: return "E_TOO_LARGE";
        case AURELIS_E_BUSY: return "E_BUSY";
        case AURELIS_E_CONFIG: return "E_CONFIG";
        case AURELIS_E_SPACE: return "E_SPACE";
        case AURELIS_E_INTERNAL: return "E_INTERNAL";
        case AURELIS_E_FULL: return "E_FULL";
        case AURELIS_E_CLOSED: return "E_CLOSED";
        default: return status < 0 ? "E_FAILED" : "UNKNOWN";
    }
}

}  // namespace aurelis::core
