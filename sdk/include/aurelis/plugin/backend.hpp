// Backend: the short way to a backend. Derive, override get, set and remove, export with AURELIS_PLUGIN, done: the core
// keeps times, tags and checksums in a frame around your bytes, loops over the items of batches, and treats what you
// leave out as unsupported. Leaves to others: zero-copy reads, native expiry and meta (store.hpp shows how).
//
//   class MapBackend final : public aurelis::plugin::Backend { ... };
//   AURELIS_PLUGIN("com.example.map", "1.0.0", "A map.", aurelis::plugin::backend<MapBackend>("map", "Keeps ..."))
#pragma once

#include <aurelis/plugin/store.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace aurelis::plugin {

class Backend {
public:
    static constexpr uint64_t kCaps = 0;

    virtual ~Backend() = default;

    // [control] open() opens what get and set need, close() closes it. Data calls run only in between.
    virtual Result<void> open() { return {}; }
    virtual void close() {}

    // [data] All of these run concurrently, from any thread. A key is 1 byte to 64 KiB and may hold NULs.
    virtual Result<std::optional<std::string>> get(std::string_view key) = 0;
    // expires_wall: end of life, nanoseconds since the Unix epoch; 0 never. Enforcing it is optional here.
    virtual Result<void> set(std::string_view key, std::string_view value, int64_t expires_wall) = 0;
    // true if there was something to remove.
    virtual Result<bool> remove(std::string_view key) = 0;
    // Shows every key, in any order, until visit returns false. Without it, `scan` and `clear` pass over this layer.
    virtual Result<void> each_key(const std::function<bool(std::string_view key)>& visit) {
        static_cast<void>(visit);
        return fail(AURELIS_E_UNSUPPORTED, "this backend cannot list its keys");
    }
    virtual Result<uint64_t> entries() { return UINT64_MAX; }

protected:
    // Services of the core; available once the constructor has returned.
    const Host& host() const noexcept { return host_; }

private:
    template <typename T>
    friend class BackendOf;
    Host host_;
};

// The members that the ABI calls, on top of a Backend. T has a constructor from const Setup&, or a default one.
template <typename T>
class BackendOf {
public:
    static constexpr uint64_t kCaps = T::kCaps;

    static Result<std::unique_ptr<BackendOf>> create(const Setup& setup) {
        auto made = std::make_unique<BackendOf>();
        if constexpr (std::is_constructible_v<T, const Setup&>)
            made->backend_ = std::make_unique<T>(setup);
        else
            made->backend_ = std::make_unique<T>();
        made->base().host_ = setup.host;
        return made;
    }

    aurelis_status start(aurelis_call* call) { return told(call, base().open()); }
    void stop() { base().close(); }

    aurelis_status get(aurelis_call* call, const aurelis_key& key, aurelis_entry* out) {
        auto found = base().get(view(key));
        if (!found) return report(call, found.error());
        if (!found.value()) return AURELIS_NOT_FOUND;
        Pinned value = base().host_.copy(*found.value());
        if (value.raw().ops == nullptr) return report(call, AURELIS_E_NOMEM, "out of memory");
        *out = aurelis_entry{};
        out->value = value.give();
        return AURELIS_OK;
    }

    aurelis_status set(aurelis_call* call, const aurelis_key& key, const aurelis_write& write, uint64_t* version) {
        constexpr uint32_t kConditions = AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT | AURELIS_SET_IF_VERSION;
        if ((write.flags & kConditions) != 0)
            return report(call, AURELIS_E_UNSUPPORTED, "this backend has no conditional writes");
        if (version != nullptr) *version = 0;
        return told(call, base().set(view(key), view(write.value), write.meta.expires_wall));
    }

    aurelis_status remove(aurelis_call* call, const aurelis_key& key) {
        const auto removed = base().remove(view(key));
        if (!removed) return report(call, removed.error());
        return removed.value() ? AURELIS_OK : AURELIS_NOT_FOUND;
    }

    // One pass without a cursor: a caller that asks for pages is shown all keys in one.
    aurelis_status scan(aurelis_call* call, aurelis_scan& scan, aurelis_visit_fn visit, void* user) {
        if ((scan.flags & AURELIS_SCAN_ENTRIES) != 0)
            return report(call, AURELIS_E_UNSUPPORTED, "this backend shows keys only");
        const Result<Match> match = Match::read(scan.match);
        if (!match) return report(call, match.error());
        if (!match.value().needs_key_only())
            return report(call, AURELIS_E_UNSUPPORTED, "this backend can match keys only, not tags, times or sizes");
        const auto shown = base().each_key([&](std::string_view name) {
            if (!match.value().fits_key(name)) return true;
            const aurelis_key key{name.data(), name.size(), 0, nullptr};
            return visit(user, &key, nullptr) != 0;
        });
        if (!shown) return report(call, shown.error());
        scan.next = aurelis_buf{};
        return AURELIS_OK;
    }

    aurelis_status size(aurelis_call* call, aurelis_size& out) {
        const auto count = base().entries();
        if (!count) return report(call, count.error());
        out.entries = count.value();
        return AURELIS_OK;
    }

private:
    Backend& base() noexcept { return *backend_; }
    static aurelis_status told(aurelis_call* call, const Result<void>& result) {
        return result ? aurelis_status{AURELIS_OK} : report(call, result.error());
    }

    std::unique_ptr<T> backend_;
};

}  // namespace aurelis::plugin
