// Envelope: the 24 bytes before each value in Redis, and how versions and removals work with them.
//
// A store with CAP_LEASE has to report a version for every key, even an absent one, to change it with every write and
// removal, and to compare it atomically; and a get has to remain one GET. So the version is stored with the value:
//
//     offset 0   mark     A7 'r'
//            2   kind     'v' a value follows, 't' a tombstone: the key was removed
//            3   format   '1'
//            4   version  8 bytes, big endian: random, drawn by each write and each removal
//           12   end      8 bytes, big endian: end of life in milliseconds since 1970, 0 never
//           20   check    4 bytes: a digest of the key
//
// - A removal does not delete: it writes a tombstone, which Redis itself expires after the lease. A look-up sees an
//   absent key with a version, and a caller that began to load before the removal cannot publish after it. An entry
//   that lives shorter than a lease is kept by Redis for a lease, and is a tombstone once its life has ended. So of
//   dead entries memory holds those that died within the last lease (60 s): about 100 bytes and the key for each
//   removal.
// - Random versions have no ABA problem: the same bytes written twice have two versions. Versions derived from the
//   bytes would have it, and counting would need a second key, which in a cluster has to be in the same slot.
// - A conditional write is a script that reads these 24 bytes of one key, compares, and writes (scripts.hpp).
// - Clock: the end is judged by the caller's wall clock, in the scripts, too, as everywhere in the core; Redis' own
//   expiry only frees the memory. A step of that clock forward ends the lives that it passes; one back prolongs them
//   while Redis keeps the entry, which is by the server's own clock and never longer than the life that the writer
//   gave.
// - The check detects a value of another key: somebody renamed it, or the answer belongs to another request; in that
//   case the connection is out of step as well.
// - The version of an entry that is evicted, or overwritten by a set that arrives after its deadline (write_steps.hpp),
//   is forgotten: it becomes 0. If a server evicts tombstones within their lease, a load that began in that minute wins
//   over the removal.
//
// Values shared with other programs (option `bare`) have no envelope: no versions, no CAP_LEASE, no CAP_CAS; a
// removal deletes, since another program would take a tombstone for a value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aurelis::redis {

struct Envelope {
    static constexpr size_t kBytes = 24;
    static constexpr size_t kEndOffset = 12;
    // The version of bytes that are not an envelope; never drawn.
    static constexpr uint64_t kUnreadable = 1;
    // The end in a tombstone that replaces an outdated copy: not a removal that a message must tell of. By tracking it
    // is a change, since nobody may have looked at what it replaced.
    static constexpr int64_t kCopyDropped = 1;

    bool is_value = false;
    uint64_t version = 0;
    int64_t end_ms = 0;
    uint32_t check = 0;

    // Nothing if the bytes are not an envelope.
    static std::optional<Envelope> open(std::string_view bytes) noexcept;
    std::array<char, kBytes> sealed() const noexcept;
    bool is_live(int64_t now_ms) const noexcept { return is_value && (end_ms == 0 || end_ms > now_ms); }
};

uint64_t draw_version() noexcept;
uint32_t check_of(std::string_view key) noexcept;
// A version as the scripts compare it; empty for 0, which means that there is nothing under the key.
std::string_view version_bytes(uint64_t version, std::array<char, 8>& room) noexcept;

}  // namespace aurelis::redis
