// Secrets: the longest first, so that no part remains of one that contains another.
#include "secrets.hpp"

#include <algorithm>

namespace aurelis::redis {

namespace {
constexpr size_t kShownBytes = 200;
constexpr size_t kLookedAtBytes = 4096;
}  // namespace

void Secrets::add(const std::string& secret) {
    if (secret.empty()) return;
    secrets_.push_back(secret);
    std::sort(secrets_.begin(), secrets_.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string Secrets::shown(std::string_view text) const {
    std::string clean(text.substr(0, kLookedAtBytes));
    for (const std::string& secret : secrets_) {
        for (size_t at = clean.find(secret); at != std::string::npos; at = clean.find(secret, at + 3))
            clean.replace(at, secret.size(), "***");
    }
    if (clean.size() > kShownBytes) clean = clean.substr(0, kShownBytes) + " ...";
    for (char& c : clean) {
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
    }
    return clean;
}

}  // namespace aurelis::redis
