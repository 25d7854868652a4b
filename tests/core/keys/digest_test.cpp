#include "keys/digest.hpp"

#include "support/catch.hpp"

#include <array>
#include <string>

namespace aurelis::core {
namespace {

std::string sha256_hex(std::string_view text) { return hex(sha256(text)); }
std::string md5_hex(std::string_view text) { return hex(md5(text)); }

TEST_CASE("sha256 and md5 give the published digests") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex("hello\n") == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    CHECK(md5_hex("") == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(md5_hex("aurelis:v1:user_data:user123") == "caa1acfc1b519fb715182485f587279b");
}

TEST_CASE("digests cover texts of every length") {
    std::string sha;
    std::string md;
    for (size_t size = 0; size < 300; ++size) {
        sha += sha256_hex(std::string(size, 'x'));
        md += md5_hex(std::string(size, 'x'));
    }
    CHECK(sha256_hex(sha) == "3d495ac8356e73941898cd69a28db2416d82a39572f771b3306e99afe7e013e0");
    CHECK(md5_hex(md) == "c8cf0aebceae3562833d06d2c1f26d10");
}

TEST_CASE("hex is lower case and keeps leading zeros") {
    const std::array<unsigned char, 4> bytes = {0x00, 0x0f, 0xa0, 0xff};
    CHECK(hex(bytes) == "000fa0ff");
}

}  // namespace
}  // namespace aurelis::core
