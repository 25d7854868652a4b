// A stand-in for a store that is not running: a strategy that is created for trial, before the layers and the origin
// run, is wired to it. It has their capabilities, so that create() can refuse what it cannot work with, and answers
// every call with E_CLOSED.
#pragma once

#include <aurelis/abi.h>

namespace aurelis::core {

aurelis_store absent_store(uint64_t caps) noexcept;

}  // namespace aurelis::core
