// What may be shown of text that is not ours: no configured secret, no control character, no end of memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aurelis::redis {

class Secrets {
public:
    // Empty ones are passed over.
    void add(const std::string& secret);
    // The text with each secret replaced by ***, control characters by '?', cut after some 200 bytes.
    std::string shown(std::string_view text) const;

private:
    std::vector<std::string> secrets_;
};

}  // namespace aurelis::redis
