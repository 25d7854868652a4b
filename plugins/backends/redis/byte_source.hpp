// ByteSource: where a ReplyStream gets its bytes from: a socket, or memory in tests.
#pragma once

#include "deadline.hpp"

#include <aurelis/base/result.hpp>

#include <cstddef>

namespace aurelis::redis {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    // At least one byte, or why there is none: E_TIMEOUT, or E_UNAVAILABLE if the other side has closed.
    virtual Result<size_t> receive(char* into, size_t room, const Deadline& deadline) = 0;
};

}  // namespace aurelis::redis
