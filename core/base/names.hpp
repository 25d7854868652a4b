// Names that every room may tell: of a status, and the version of this library.
#pragma once

#include <aurelis/types.h>

namespace aurelis::core {

extern const char* const kLibraryVersion;

// "E_TIMEOUT"; "E_FAILED" and "UNKNOWN" for codes below and above 0 that are not known.
const char* status_name(aurelis_status status) noexcept;

}  // namespace aurelis::core
