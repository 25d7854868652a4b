// Names that every room may use: those of the statuses, and the version of this library.
#pragma once

#include <aurelis/types.h>

namespace aurelis::core {

extern const char* const kLibraryVersion;

// Such as "E_TIMEOUT". An unknown code is "E_FAILED" if it is below 0, else "UNKNOWN".
const char* status_name(aurelis_status status) noexcept;

}  // namespace aurelis::core
