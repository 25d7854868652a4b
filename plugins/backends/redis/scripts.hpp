// The scripts that make conditional writes and removals atomic. Each accesses one key, so it runs in a cluster, too.
// Sent as EVALSHA; a server that does not know one yet answers NOSCRIPT and gets the text by EVAL, once per server.
#pragma once

#include <string>

namespace aurelis::redis {

struct Script {
    std::string text;
    std::string sha1;
};

struct Scripts {
    // All: KEYS[1] the key, ARGV[1] now in ms, by the caller's wall clock. All but `clear`: ARGV[2] the last moment by
    // the server's clock, in ms; 0 any. They answer -1 after it and have changed nothing.
    // conditions expected-version value PX|PXAT|"" ms -> 1 stored, 0 a condition is not met
    Script store_if;
    // conditions expected-version tombstone lease-ms -> 1 removed, 0 nothing was there, 2 a condition is not met
    Script drop;
    // end-8-bytes PEXPIRE|PEXPIREAT|PERSIST ms -> 1 moved, 0 nothing was there
    Script touch;
    // Of values without an envelope: value PX|PXAT|"" ms NX|XX|"" -> 1 stored, 0 a condition is not met
    Script store_bare;
    // PEXPIRE|PEXPIREAT|PERSIST ms -> 1 moved, 0 nothing was there
    Script touch_bare;
    // larger-than -> 1 a live entry is gone, 0 not. Leaves tombstones, and what is not ours.
    Script clear;

    static const Scripts& all();
};

// Conditions, as one word of letters: all of them have to be met.
inline constexpr char kIfAbsent = 'a';
inline constexpr char kIfPresent = 'p';
inline constexpr char kIfVersion = 'v';

}  // namespace aurelis::redis
