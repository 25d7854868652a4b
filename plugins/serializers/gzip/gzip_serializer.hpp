// GzipSerializer: each value as one gzip member (RFC 1952).
//
//   1f 8b 08 00                magic, deflate, no optional fields
//   00 00 00 00 xx 03          no time, so that equal values give equal bytes; level hint; Unix
//   deflate data
//   4 bytes CRC-32, 4 bytes size modulo 2^32, little endian
//
// Any single member is read, since Python and the gzip tool put time and name into theirs; anything after the member is
// damage. Leaves to others: the streams (streams.hpp), and when compressing is worth it.
#pragma once

#include <aurelis/abi.h>
#include <aurelis/base/result.hpp>
#include <aurelis/plugin/options.hpp>
#include <aurelis/plugin/store.hpp>

#include <array>
#include <memory>
#include <string_view>

namespace aurelis::gzip {

// Immutable; safe from any thread.
class GzipSerializer {
public:
    static constexpr uint8_t kFormatId = 3;
    static constexpr uint64_t kCaps = AURELIS_STAGE_COMPRESSES;
    static constexpr auto kLevel =
        plugin::Option(AURELIS_OPT_INT, "level", "1 is fastest, 9 smallest.").or_else("6").at_least("1").at_most("9");
    static constexpr std::array<const aurelis_option*, 1> kOptions{&kLevel};

    static Result<std::unique_ptr<GzipSerializer>> create(const plugin::Setup& setup);

    size_t bound(size_t source_bytes) const noexcept;
    aurelis_status encode(aurelis_call* call, const aurelis_key* key, std::string_view source, char* room,
                          size_t room_bytes, size_t& written) const noexcept;
    aurelis_status decode(aurelis_call* call, const aurelis_key*, std::string_view source, char* room,
                          size_t room_bytes, size_t& written) const noexcept;

private:
    explicit GzipSerializer(int level) noexcept : level_(level) {}

    int level_;
};

}  // namespace aurelis::gzip
