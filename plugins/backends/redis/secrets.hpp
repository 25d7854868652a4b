// What may be shown of text from outside: no configured secret, no control characters, bounded in length.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aurelis::redis {

class Secrets {
public:
    // Empty ones are ignored.
    void add(const std::string& secret);
    // The text with each secret replaced by ***, control characters by '?', cut after about 200 bytes.
    std::string shown(std::string_view text) const;

private:
    std::vector<std::string> secrets_;
};

}  // namespace aurelis::redis
