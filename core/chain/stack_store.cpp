#include "chain/stack_store.hpp"

#include "base/buffer.hpp"
#include "base/hash.hpp"
#include "plugin/table_gaps.hpp"

#include <aurelis/base/bytes.hpp>
#include <aurelis/base/glob.hpp>

#include <cstring>
#include <string>

namespace aurelis::core {
namespace {

constexpr uint32_t kConditions = AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT | AURELIS_SET_IF_VERSION;
constexpr const char* kNoConditions = "the stack of layers has no conditional writes; write without a condition";
constexpr const char* kNotPublished =
    "only the cache publishes what is loaded, with SET_FILL; ask the origin, or set without SET_FILL";

}  // namespace

struct StackStore::Table {
    static StackStore& self(aurelis_store* s) noexcept { return *static_cast<StackStore*>(s->self); }

    // No exception crosses the table, even if memory runs out.
    template <typename Work>
    static aurelis_status run(aurelis_store* s, aurelis_call* call, Work&& work) noexcept {
        try {
            CallScope scope(self(s).stack_.runtime(), call);
            if ((call->flags & AURELIS_MUST_KNOW) != 0)
                return scope.refuse(AURELIS_E_UNSUPPORTED,
                                    "a flag is set that this core does not know; update the core");
            return work(self(s).stack_, scope);
        } catch (...) {
            return no_memory(call);
        }
    }
    static aurelis_status no_memory(aurelis_call* call) noexcept {
        constexpr std::string_view kWhy = "out of memory";
        if (call->set_error != nullptr) call->set_error(call, AURELIS_E_NOMEM, kWhy.data(), kWhy.size());
        return AURELIS_E_NOMEM;
    }

    static aurelis_status get(aurelis_store* s, aurelis_call* call, const aurelis_key* key,
                              aurelis_entry* out) noexcept {
        CallContext* const root = CallContext::behind(call);
        // The fast path: the operation's own call, its own key and its own answer.
        Walk* const walk = root != nullptr && &root->call == call ? root->walk : nullptr;
        if (walk == nullptr || walk->out != out || call->now_wall == 0 || (call->flags & AURELIS_MUST_KNOW) != 0 ||
            !is_first_of(*walk, *key))
            return get_otherwise(s, call, key, out);
        try {
            return allowed(self(s).stack_.get(*root, *key, *walk->lookup, *out), *call, *out);
        } catch (...) {
            return no_memory(call);
        }
    }
    // The first look-up of the operation's own key is the one with which it may publish.
    static bool is_first_of(const Walk& walk, const aurelis_key& key) noexcept {
        return walk.lookup != nullptr && !walk.lookup->lease.taken() && walk.is_of(key);
    }
    static aurelis_status allowed(aurelis_status status, const aurelis_call& call, aurelis_entry& found) noexcept {
        if (status != AURELIS_STALE || (call.flags & AURELIS_CALL_ALLOW_STALE) != 0) return status;
        aurelis_buf_release(&found.value);
        found = aurelis_entry{};
        return AURELIS_NOT_FOUND;
    }
    [[gnu::noinline]] static aurelis_status get_otherwise(aurelis_store* s, aurelis_call* call, const aurelis_key* key,
                                                          aurelis_entry* out) noexcept {
        return run(s, call, [&](Stack& stack, CallScope& scope) {
            Walk* const walk = scope.is_direct() ? scope.walk() : nullptr;
            Lookup own;
            Lookup& lookup = walk != nullptr && is_first_of(*walk, *key) ? *walk->lookup : own;
            aurelis_entry found{};  // *out stays unchanged unless something is found.
            CallContext& context = scope.context();
            const aurelis_status status = allowed(stack.get(context, *key, lookup, found), context.call, found);
            if (status == AURELIS_OK || status == AURELIS_STALE) *out = found;
            return status;
        });
    }

    static aurelis_status multi_get(aurelis_store* s, aurelis_call* call, const aurelis_key* keys, size_t n,
                                    aurelis_entry* out) noexcept {
        return run(s, call, [&](Stack& stack, CallScope& scope) {
            CallContext& context = scope.context();
            stack.multi_get(context, keys, n, out);
            for (size_t i = 0; i < n; ++i) {
                if (out[i].status != AURELIS_STALE || (context.call.flags & AURELIS_CALL_ALLOW_STALE) != 0) continue;
                aurelis_buf_release(&out[i].value);
                out[i] = aurelis_entry{};
                out[i].status = AURELIS_NOT_FOUND;
            }
            return aurelis_status{AURELIS_OK};
        });
    }

    static aurelis_status set(aurelis_store* s, aurelis_call* call, const aurelis_key* key, const aurelis_write* write,
                              uint64_t* version) noexcept {
        if (version != nullptr) *version = 0;
        return run(s, call, [&](Stack& stack, CallScope& scope) {
            if ((write->flags & AURELIS_MUST_KNOW) != 0)
                return scope.refuse(AURELIS_E_UNSUPPORTED,
                                    "a flag is set that this core does not know; update the core");
            if ((write->flags & kConditions) != 0) return scope.refuse(AURELIS_E_UNSUPPORTED, kNoConditions);
            if ((write->flags & AURELIS_SET_FILL) != 0) {
                const Walk* const walk = scope.walk();
                if (walk == nullptr || walk->publishing == nullptr || !walk->is_of(*key))
                    return scope.refuse(AURELIS_E_INVALID, kNotPublished);
                return scope.end(stack.publish_in_lane(scope.context(), *key, *write, *walk->publishing), *key);
            }
            aurelis_status each[kStackLayersMax];
            const aurelis_status status = scope.in_lane(stack.order(), key->hash)
                                              ? stack.set_in_lane(scope.context(), *key, *write, each)
                                              : stack.set(scope.context(), *key, *write, each);
            scope.report(*key, each, stack.size());
            return scope.end(status, *key);
        });
    }

    static aurelis_status remove(aurelis_store* s, aurelis_call* call, const aurelis_key* key) noexcept {
        return run(s, call, [&](Stack& stack, CallScope& scope) {
            aurelis_status each[kStackLayersMax];
            const aurelis_status status = scope.in_lane(stack.order(), key->hash)
                                              ? stack.remove_in_lane(scope.context(), *key, each)
                                              : stack.remove(scope.context(), *key, each);
            scope.report(*key, each, stack.size());
            return scope.end(status, *key);
        });
    }

    static aurelis_status multi_write(aurelis_store* s, aurelis_call* call, const aurelis_key* keys,
                                      const aurelis_write* writes, size_t n, aurelis_status* each,
                                      uint64_t* versions) noexcept {
        if (versions != nullptr) std::fill(versions, versions + n, 0);
        return run(s, call, [&](Stack& stack, CallScope& scope) {
            size_t in_lane = 0;
            for (size_t i = 0; i < n; ++i) {
                if ((writes[i].flags & (AURELIS_MUST_KNOW | kConditions)) != 0)
                    return scope.refuse(AURELIS_E_UNSUPPORTED, kNoConditions);
                const bool fills = (writes[i].flags & AURELIS_SET_FILL) != 0;
                if (fills && (writes[i].flags & AURELIS_SET_REMOVE) == 0)
                    return scope.refuse(AURELIS_E_INVALID, kNotPublished);
                in_lane += scope.in_lane(stack.order(), keys[i].hash) ? 1 : 0;
            }
            CallContext& context = scope.context();
            const std::vector<bool> persistent(n, context.requires_persistent);
            if (in_lane == n) {
                stack.multi_write_in_lanes(context, keys, writes, n, each, &persistent);
            } else if (in_lane == 0) {
                stack.multi_write(context, keys, writes, n, each, &persistent);
            } else {
                multi_write_by_loop(s, &context.call, keys, writes, n, each, nullptr);
            }
            return scope.end_batch(keys, n, each);
        });
    }

    static aurelis_status scan(aurelis_store* s, aurelis_call* call, aurelis_scan* page, aurelis_visit_fn visit,
                               void* user) noexcept {
        return run(s, call,
                   [&](Stack&, CallScope& scope) { return scope.end(self(s).scan(scope, *page, visit, user)); });
    }
    static aurelis_status flush(aurelis_store* s, aurelis_call* call) noexcept {
        return run(s, call, [&](Stack& stack, CallScope& scope) {
            const int64_t deadline = call->deadline_mono;
            return scope.end(stack.flush(scope.context(), deadline == 0 ? INT64_MAX : deadline));
        });
    }
    // The size of the layer that holds the most: the others hold copies.
    static aurelis_status size(aurelis_store* s, aurelis_call* call, aurelis_size* out) noexcept {
        return run(s, call, [&](Stack& stack, CallScope& scope) {
            aurelis_size most{sizeof most, 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
            const auto rise = [](uint64_t& to, uint64_t one) {
                if (one != UINT64_MAX && (to == UINT64_MAX || one > to)) to = one;
            };
            for (size_t i = 0; i < stack.size(); ++i) {
                aurelis_size one{sizeof one, 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
                if (stack.layer(i).size(scope.context(), one) != AURELIS_OK) continue;
                rise(most.entries, one.entries);
                rise(most.bytes, one.bytes);
                rise(most.capacity_entries, one.capacity_entries);
                rise(most.capacity_bytes, one.capacity_bytes);
            }
            const uint32_t room = std::min<uint32_t>(out->struct_size, sizeof most);
            most.struct_size = room;
            std::memcpy(static_cast<void*>(out), &most, room);
            return aurelis_status{AURELIS_OK};
        });
    }
    static void destroy(aurelis_store*) noexcept {}
};

const aurelis_store_ops& StackStore::table() noexcept {
    static const aurelis_store_ops complete = [] {
        aurelis_store_ops ops{};
        ops.destroy = &Table::destroy;
        ops.get = &Table::get;
        ops.set = &Table::set;
        ops.remove = &Table::remove;
        ops.multi_get = &Table::multi_get;
        ops.multi_write = &Table::multi_write;
        ops.scan = &Table::scan;
        ops.flush = &Table::flush;
        ops.size = &Table::size;
        fill_gaps_of_backend(ops);
        return ops;
    }();
    return complete;
}

StackStore::StackStore(Stack& stack) : stack_(stack) {
    store_.ops = &table();
    store_.self = this;
    std::vector<uint64_t> caps;
    for (size_t i = 0; i < stack.size(); ++i) caps.push_back(stack.layer(i).caps());
    store_.caps = caps_of(caps);
}

uint64_t StackStore::caps_of(const std::vector<uint64_t>& layers) noexcept {
    uint64_t some = 0, all = ~UINT64_C(0);
    for (const uint64_t caps : layers) {
        some |= caps;
        all &= caps;
    }
    constexpr uint64_t kNature = AURELIS_CAP_PERSISTENT | AURELIS_CAP_SHARED | AURELIS_CAP_REMOTE;
    constexpr uint64_t kAlways = AURELIS_CAP_META | AURELIS_CAP_MULTI | AURELIS_CAP_SCAN;
    return kAlways | (some & kNature) | (layers.empty() ? 0 : all & AURELIS_CAP_NO_BLOCK);
}

namespace {

// Where a scan of the stack resumes: the layer, the place within it, and the keys that were listed but not shown.
struct Resume {
    size_t layer = 0;
    std::string inside;
    std::vector<std::string> keys;

    explicit Resume(std::string_view text) {
        if (text.empty()) return;
        layer = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        inside = piece(text);
        while (!text.empty()) keys.push_back(piece(text));
    }
    std::string text() const {
        std::string out(1, static_cast<char>(layer));
        append(out, inside);
        for (const std::string& key : keys) append(out, key);
        return out;
    }

private:
    // A size in four bytes and that many bytes; fewer if the text has been truncated.
    static std::string piece(std::string_view& text) {
        uint32_t size = 0;
        if (text.size() < sizeof size) return text = {}, std::string();
        std::memcpy(&size, text.data(), sizeof size);
        text.remove_prefix(sizeof size);
        const std::string_view bytes = text.substr(0, size);
        text.remove_prefix(bytes.size());
        return std::string(bytes);
    }
    static void append(std::string& out, const std::string& bytes) {
        const auto size = static_cast<uint32_t>(bytes.size());
        out.append(reinterpret_cast<const char*>(&size), sizeof size).append(bytes);
    }
};

bool shows_keys_only(const aurelis_match& match) noexcept {
    return match.struct_size <= sizeof match && match.tag.size == 0 && match.created_before == 0 &&
           match.larger_than == 0 && match.created_beyond == 0;
}

}  // namespace

// Shows one page of one layer: keys as they are stored there, entries as a get would return them, so that hidden ones
// are not shown.
aurelis_status StackStore::scan(CallScope& scope, aurelis_scan& page, aurelis_visit_fn visit, void* user) {
    constexpr uint64_t kPageKeys = 512;
    CallContext& context = scope.context();
    aurelis_match match{};
    if (page.match != nullptr)
        std::memcpy(static_cast<void*>(&match), page.match, std::min<size_t>(page.match->struct_size, sizeof match));
    if (!shows_keys_only(match)) {
        context.error = "the stack of layers is scanned by prefix and pattern; leave out the other conditions";
        return AURELIS_E_UNSUPPORTED;
    }
    Resume at(view(page.after));
    while (at.keys.empty() && at.layer < stack_.size()) {
        std::string next;
        const aurelis_status status = stack_.layer(at.layer).list_page(
            context, view(match.prefix), at.inside, page.page_hint != 0 ? page.page_hint : kPageKeys, at.keys, next);
        at.inside = status == AURELIS_OK ? next : std::string();  // A layer that is down or cannot list is passed over.
        if (at.inside.empty()) ++at.layer;
    }
    size_t shown = 0;
    for (bool more = true; more && shown < at.keys.size(); ++shown) {
        const std::string& name = at.keys[shown];
        if (stack_.keys().is_reserved(name) || (match.pattern.size != 0 && !glob_fits(view(match.pattern), name)))
            continue;
        const aurelis_key key{name.data(), name.size(), hash_bytes(name.data(), name.size()), nullptr};
        if ((page.flags & AURELIS_SCAN_ENTRIES) == 0) {
            more = visit(user, &key, nullptr) != 0;
            continue;
        }
        const uint32_t flags = context.call.flags;
        context.call.flags = flags | AURELIS_CALL_PEEK | AURELIS_CALL_NO_FILL;
        Lookup lookup;
        aurelis_entry entry{};
        const aurelis_status found = stack_.get(context, key, lookup, entry);
        context.call.flags = flags;
        if (found == AURELIS_NOT_FOUND) continue;
        const Pinned held(entry.value);
        if (found == AURELIS_OK) more = visit(user, &key, &entry) != 0;
    }
    at.keys.erase(at.keys.begin(), at.keys.begin() + static_cast<std::ptrdiff_t>(shown));
    page.next = at.keys.empty() && at.layer == stack_.size() ? aurelis_buf{} : copy_buffer(at.text()).give();
    return AURELIS_OK;
}

}  // namespace aurelis::core
