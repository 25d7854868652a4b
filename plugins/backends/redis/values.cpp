// Values: opening the envelope and reading what is in it.
#include "values.hpp"

#include "envelope.hpp"

#include <cstring>
#include <string>

namespace aurelis::redis {

namespace {

// A size is believed up to here; for more memory, that many bytes must have arrived first.
constexpr size_t kBelievedBytes = 4 << 20;

Result<Pinned> read_bytes(Context& context, Connection& connection, size_t size, const Deadline& deadline) {
    std::string first;
    for (size_t had = 0; size > kBelievedBytes && had < kBelievedBytes; had = first.size()) {
        first.resize(std::min(kBelievedBytes, had + (kBelievedBytes >> 4)));
        AURELIS_TRY_VOID(connection.replies().body(first.data() + had, first.size() - had, deadline));
    }
    aurelis_buf buffer{};
    void* room = nullptr;
    const aurelis_host* host = context.host.raw();
    if (host->buf_new(host, size, &buffer, &room) != AURELIS_OK)
        return fail(AURELIS_E_NOMEM, "no memory for a value of " + std::to_string(size) + " bytes");
    Pinned value(buffer);
    if (!first.empty()) std::memcpy(room, first.data(), first.size());
    AURELIS_TRY_VOID(connection.replies().body(static_cast<char*>(room) + first.size(), size - first.size(), deadline));
    AURELIS_TRY_VOID(connection.replies().end_of_bulk(deadline));
    return value;
}

Result<void> pass_over(Connection& connection, size_t size, const Deadline& deadline) {
    AURELIS_TRY_VOID(connection.replies().skip(size, deadline));
    return connection.replies().end_of_bulk(deadline);
}

aurelis_status found(Pinned value, uint64_t version, aurelis_entry* out) noexcept {
    *out = aurelis_entry{};
    out->value = value.give();
    out->meta.version = version;
    return AURELIS_OK;
}

aurelis_status absent(uint64_t version, aurelis_entry* out) noexcept {
    out->meta.version = version;
    return AURELIS_NOT_FOUND;
}

}  // namespace

Result<aurelis_status> read_value(Context& context, Connection& connection, const Head& head, std::string_view key,
                                  const View& view, aurelis_entry* out, const Deadline& deadline) {
    const bool bare = context.settings.bare;
    if (head.kind == Head::Kind::Nil) return bare ? aurelis_status{AURELIS_NOT_FOUND} : absent(0, out);
    if (head.kind != Head::Kind::Bulk)
        return fail(AURELIS_E_UNAVAILABLE, "the server does not answer a request for a value with one");
    const auto size = static_cast<size_t>(head.number);
    if (bare) {
        AURELIS_TRY(value, read_bytes(context, connection, size, deadline));
        return found(std::move(value), 0, out);
    }
    char bytes[Envelope::kBytes];
    const size_t begins = std::min(size, sizeof bytes);
    AURELIS_TRY_VOID(connection.replies().body(bytes, begins, deadline));
    const auto envelope = Envelope::open({bytes, begins});
    const bool others = envelope && envelope->check != check_of(key);
    if (!envelope || others) {
        context.counters.unreadable.fetch_add(1, std::memory_order_relaxed);
        // It may be the answer to another request: this connection is not used any more.
        if (others) connection.spoil();
        AURELIS_TRY_VOID(pass_over(connection, size - begins, deadline));
        return absent(envelope ? envelope->version : Envelope::kUnreadable, out);
    }
    const bool shown = envelope->is_live(view.now_ms) || (envelope->is_value && view.shows_expired);
    if (!shown) {
        AURELIS_TRY_VOID(pass_over(connection, size - begins, deadline));
        return absent(envelope->version, out);
    }
    AURELIS_TRY(value, read_bytes(context, connection, size - begins, deadline));
    return found(std::move(value), envelope->version, out);
}

}  // namespace aurelis::redis
