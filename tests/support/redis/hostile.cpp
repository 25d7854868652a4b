// Bytes that a broken or malicious server might answer.
#include "support/random_bytes.hpp"
#include "support/redis/fault_proxy.hpp"

namespace aurelis::rig {

namespace hostile {

std::string huge_bulk() { return "$4611686018427387904\r\nsome bytes"; }
std::string huge_array() { return "*2147483647\r\n$1\r\na\r\n"; }
std::string negative_count() { return "*-5\r\n"; }
std::string negative_bulk() { return "$-7\r\n"; }
std::string wrong_bulk_end() { return "$3\r\nabcdef\r\n"; }
std::string endless_line(size_t bytes) { return "+" + std::string(bytes, 'a'); }

std::string nested_arrays(size_t depth) {
    std::string bytes;
    for (size_t i = 0; i < depth; ++i) bytes += "*1\r\n";
    return bytes + ":1\r\n";
}

std::string garbage(size_t bytes, uint64_t seed) { return test::random_bytes(bytes, seed); }

}  // namespace hostile

}  // namespace aurelis::rig
