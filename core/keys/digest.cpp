// Digests by OpenSSL's functions for single algorithms, whose state is on the stack. OpenSSL calls them
// deprecated in favour of EVP, but EVP frees and allocates its state at every start of a digest, even in a context that
// is reused, and a key must be built without allocating. Only this file uses them, so only this file would have to
// change.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "keys/digest.hpp"

#include <openssl/md5.h>
#include <openssl/sha.h>

namespace aurelis::core {

static_assert(sizeof(Sha256) == SHA256_DIGEST_LENGTH && sizeof(Md5) == MD5_DIGEST_LENGTH);

Sha256 sha256(std::string_view text) noexcept {
    Sha256 digest;
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, text.data(), text.size());
    SHA256_Final(digest.data(), &state);
    return digest;
}

Md5 md5(std::string_view text) noexcept {
    Md5 digest;
    MD5_CTX state;
    MD5_Init(&state);
    MD5_Update(&state, text.data(), text.size());
    MD5_Final(digest.data(), &state);
    return digest;
}

char* write_hex(std::span<const unsigned char> bytes, char* to) noexcept {
    constexpr std::string_view kLowerHex = "0123456789abcdef";
    for (const unsigned char byte : bytes) {
        *to++ = kLowerHex[byte >> 4];
        *to++ = kLowerHex[byte & 15];
    }
    return to;
}

std::string hex(std::span<const unsigned char> bytes) {
    std::string text(2 * bytes.size(), '\0');
    write_hex(bytes, text.data());
    return text;
}

}  // namespace aurelis::core
