#include "layer/call_time.hpp"

#include "layer/health.hpp"

namespace aurelis::core {

bool CallTime::shows_outage(aurelis_status status, int64_t now_mono) const noexcept {
    const int64_t took = has_begun() ? now_mono - began_mono_ : 0;
    const bool hurried =
        status == AURELIS_E_TIMEOUT && !limited_ && callers_deadline_ != 0 && took < kPatienceNs;
    return is_outage(status) && !hurried;
}

}  // namespace aurelis::core
