#include "validity/verdict.hpp"

namespace aurelis::core {

const char* name_of(Holding holding) noexcept {
    switch (holding) {
        case Holding::Present: return "present";
        case Holding::Absent: return "absent";
        case Holding::Expired: return "expired";
        case Holding::Invalidated: return "invalidated";
        case Holding::Corrupt: return "corrupt";
        case Holding::Unreachable: return "unreachable";
    }
    return "unknown";
}

}  // namespace aurelis::core
