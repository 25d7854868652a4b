// Scans and removals by condition. Both take pages of pinned nodes out of a shard and look at them without
// its lock.
//
// The resume point is a shard, a tag in it, and the last key shown of that tag (none: the tag is still
// whole): 4 + 4 bytes in the order of this machine, then the key. Entries are shown in the order (shard, tag,
// key), which nothing that happens in between can change.
#include "memory_backend.hpp"

#include <aurelis/base/bytes.hpp>
#include <aurelis/plugin/boundary.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace aurelis::memory {

namespace {

constexpr size_t kPageMax = 256;

struct Cursor {
    uint32_t shard = 0;
    uint32_t tag = 0;
    std::string last_key;

    static bool read(std::string_view text, Cursor& cursor) {
        if (text.empty()) return true;
        if (text.size() < sizeof shard + sizeof tag) return false;
        std::memcpy(&cursor.shard, text.data(), sizeof shard);
        std::memcpy(&cursor.tag, text.data() + sizeof shard, sizeof tag);
        cursor.last_key = text.substr(sizeof shard + sizeof tag);
        return true;
    }
    std::string text() const {
        std::string made(sizeof shard + sizeof tag, '\0');
        std::memcpy(made.data(), &shard, sizeof shard);
        std::memcpy(made.data() + sizeof shard, &tag, sizeof tag);
        return made + last_key;
    }
    bool was_shown(const Node& node) const noexcept {
        return tag_of(node.hash) == tag && node.key() <= last_key;
    }
    void move_behind(const Node& node) {
        tag = tag_of(node.hash);
        last_key = node.key();
    }
    // Continues in this shard, or with the next one.
    void move_on(uint64_t next_tag) {
        shard += next_tag == Shard::kPageEnd;
        tag = next_tag == Shard::kPageEnd ? 0 : static_cast<uint32_t>(next_tag);
        last_key.clear();
    }
};

// The pinned nodes of one page; gives the pins back.
class Page {
public:
    Page() { seen_.reserve(2 * kPageMax); }
    ~Page() { clear(); }
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;

    uint64_t fill(Shard& shard, uint32_t from, size_t room, int64_t now) {
        clear();
        const uint64_t next = shard.page(from, room, now, seen_);
        std::sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) {
            const uint32_t tag_a = tag_of(a.node()->hash), tag_b = tag_of(b.node()->hash);
            return tag_a != tag_b ? tag_a < tag_b : a.node()->key() < b.node()->key();
        });
        return next;
    }
    const std::vector<Seen>& seen() const noexcept { return seen_; }

private:
    void clear() noexcept {
        for (Seen& one : seen_) {
            if (one.value.ops != nullptr) aurelis_buf_release(&one.value);
        }
        seen_.clear();
    }
    std::vector<Seen> seen_;
};

bool accepts(const plugin::Match& match, const Node& node) noexcept {
    return match.fits_created(node.meta.created_wall) && match.fits_size(node.value_size) &&
           match.fits_key(node.key()) && match.fits_tags(node.attrs());
}

bool show(const Seen& seen, bool with_entry, aurelis_visit_fn visit, void* user) {
    const Node& node = *seen.node();
    const aurelis_key key{node.key().data(), node.key().size(), node.hash, nullptr};
    if (!with_entry) return visit(user, &key, nullptr) != 0;
    aurelis_entry entry{};
    entry.value = seen.value;
    entry.meta = node.meta_at(seen.expires_wall);
    entry.attrs = node.attrs();
    return visit(user, &key, &entry) != 0;
}

}  // namespace

aurelis_status MemoryBackend::scan(aurelis_call* call, aurelis_scan& scan, aurelis_visit_fn visit,
                                   void* user) {
    const auto match = plugin::Match::read(scan.match);
    if (!match) return plugin::report(call, match.error());
    Cursor cursor;
    if (!Cursor::read(view(scan.after), cursor))
        return plugin::report(call, AURELIS_E_INVALID,
                              "memory: scan: 'after' is not a resume point of this store");
    const int64_t now = aurelis_call_wall(call, host_.raw());
    const bool entries = (scan.flags & AURELIS_SCAN_ENTRIES) != 0;
    const uint64_t hint = scan.page_hint != 0 ? scan.page_hint : kPageMax;
    uint64_t shown = 0;
    bool stopped = false;
    Page page;
    while (!stopped && shown < hint && cursor.shard < limits_.shards) {
        const uint64_t next =
            page.fill(shards_[cursor.shard], cursor.tag, std::min<uint64_t>(hint - shown, kPageMax), now);
        const Cursor begun = cursor;
        for (const Seen& one : page.seen()) {
            if (begun.was_shown(*one.node()) || !accepts(match.value(), *one.node())) continue;
            ++shown;
            stopped = !show(one, entries, visit, user);
            if (!stopped) continue;
            cursor.move_behind(*one.node());
            break;
        }
        if (!stopped) cursor.move_on(next);
        if (call != nullptr && call->deadline_mono != 0 && host_.now_mono() >= call->deadline_mono) break;
    }
    Pinned next;
    if (cursor.shard < limits_.shards) {
        next = host_.copy(cursor.text());
        if (next.raw().ops == nullptr) return plugin::report(call, AURELIS_E_NOMEM, "out of memory");
    }
    scan.next = next.give();
    return AURELIS_OK;
}

aurelis_status MemoryBackend::remove_matching(aurelis_call* call, const aurelis_match& match,
                                              uint64_t* removed) {
    const auto wanted = plugin::Match::read(&match);
    if (!wanted) return plugin::report(call, wanted.error());
    const int64_t now = aurelis_call_wall(call, host_.raw());
    uint64_t count = 0;
    Page page;
    for (uint32_t i = 0; i < limits_.shards; ++i) {
        // A load whose look-up found nothing must also notice the removal.
        shards_[i].renew_generations();
        for (uint64_t tag = 0; tag != Shard::kPageEnd;) {
            tag = page.fill(shards_[i], static_cast<uint32_t>(tag), kPageMax, now);
            for (const Seen& one : page.seen()) {
                if (accepts(wanted.value(), *one.node()) && shards_[i].remove_exactly(one.node())) ++count;
            }
        }
    }
    if (removed != nullptr) *removed = count;
    return AURELIS_OK;
}

}  // namespace aurelis::memory
