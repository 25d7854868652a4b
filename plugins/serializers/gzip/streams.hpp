// The zlib streams of one thread: made when first needed, reset for each value, freed when the thread ends. Leaves to
// others: what goes through them.
#pragma once

#define ZLIB_CONST  // Input is const for zlib, too.
#include <zlib.h>

namespace aurelis::gzip {

// Writes gzip members. About 268 KiB: a window of 32 KiB and memory level 8, zlib's own choice, whatever the level.
class Deflater {
public:
    constexpr Deflater() = default;
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    static Deflater& of_this_thread() noexcept;
    // At the beginning of a member. NULL: there is no memory.
    z_stream* begin(int level) noexcept;

private:
    z_stream stream_{};
    int level_ = 0;  // 0: there is no stream yet.
};

// Reads gzip members, and no other format of zlib. About 7 KiB; 39 KiB once a value did not fit into its room.
class Inflater {
public:
    constexpr Inflater() = default;
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    static Inflater& of_this_thread() noexcept;
    // At the beginning of a member. NULL: there is no memory.
    z_stream* begin() noexcept;

private:
    z_stream stream_{};
    bool made_ = false;
};

}  // namespace aurelis::gzip
