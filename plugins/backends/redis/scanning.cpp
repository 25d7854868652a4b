// RedisBackend: walking over keys by SCAN, to show them or to remove them; never KEYS, never FLUSHDB. The values are
// fetched in small batches, and no connection is held while the visitor is called. In a call without a deadline each
// step has the usual time-out: the whole walk may take longer, but no single step.
#include "backend.hpp"

#include "errors.hpp"
#include "match.hpp"
#include "read_steps.hpp"
#include "scan_place.hpp"

#include <charconv>

namespace aurelis::redis {

namespace {

using plugin::report;

constexpr uint64_t kPageUsual = 500;
constexpr uint64_t kPageMost = 1000;
constexpr size_t kValuesAtOnce = 32;
constexpr size_t kKeysAtOnce = 256;
constexpr ReplyLimits kScanLimits{256 << 20, 1 << 20};
constexpr int kRestartsMost = 3;

struct Kept {
    std::vector<aurelis_entry> entries;
    explicit Kept(size_t count) : entries(count, aurelis_entry{}) {}
    ~Kept() {
        for (aurelis_entry& one : entries) aurelis_buf_release(&one.value);
    }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
};

Result<void> put_to(Exchange& exchange, Steps& steps, std::span<const std::string> keys) {
    for (const std::string& key : keys) exchange.add(key);
    exchange.run(steps);
    for (const Question& question : exchange.questions()) {
        if (question.status < 0) return exchange.trouble();
    }
    return {};
}

}  // namespace

// One SCAN; moves the cursor.
Result<std::vector<std::string>> RedisBackend::scan_step(const NodePointer& node, ScanPlace& place,
                                                         const std::string& pattern, uint64_t count,
                                                         const Deadline& deadline) {
    AURELIS_TRY(turn, node->take(deadline));
    // Another server process has other cursors.
    const uint64_t run = turn->facts().run;
    if (place.run != run) place.cursor = 0;
    place.run = run;
    turn->request().command("SCAN", std::to_string(place.cursor), "MATCH", pattern, "COUNT", std::to_string(count));
    Result<void> sent = turn->send(deadline);
    Result<Reply> answer = sent ? turn->replies().reply(kScanLimits, deadline) : Result<Reply>(sent.error());
    const std::string place_text = node->address().text() + ": ";
    if (!answer) {
        turn->spoil();
        topology_->doubt(*node);
        return fail(answer.error().status, place_text + answer.error().message);
    }
    Reply& told = answer.value();
    if (told.is(Reply::Kind::Error))
        return fail(meaning_of(told.text).status, place_text + context_.settings.secrets.shown(told.text));
    if (told.items.size() != 2 || !told.items[1].is(Reply::Kind::Array))
        return fail(AURELIS_E_UNAVAILABLE, place_text + "the server's answer does not fit a SCAN");
    const std::string& next = told.items[0].text;
    std::from_chars(next.data(), next.data() + next.size(), place.cursor);
    std::vector<std::string> keys;
    for (Reply& key : told.items[1].items) keys.push_back(std::move(key.text));
    return keys;
}

// Shows the live ones among a few keys, until the visitor says stop; returns how many keys are done.
Result<size_t> RedisBackend::show_some(const Walk& walk, std::span<const std::string> keys) {
    Exchange exchange(context_, *topology_, deadline_of(walk.call), true);
    const int64_t now = now_ms(walk.call);
    Kept kept(walk.entries ? keys.size() : 0);
    std::vector<LookSteps::Seen> seen(walk.entries ? 0 : keys.size());
    if (walk.entries) {
        ReadSteps steps(context_, topology_->goes_by_slots(), View{now, false}, kept.entries.data());
        AURELIS_TRY_VOID(put_to(exchange, steps, keys));
    } else {
        LookSteps steps(context_, now, walk.match.larger_than() != 0, seen);
        AURELIS_TRY_VOID(put_to(exchange, steps, keys));
    }
    for (size_t i = 0; i < keys.size(); ++i) {
        const bool live = walk.entries ? exchange.questions()[i].status == AURELIS_OK : seen[i].live;
        const uint64_t bytes = walk.entries ? kept.entries[i].value.size : seen[i].bytes;
        if (!live || (walk.match.larger_than() != 0 && bytes <= walk.match.larger_than())) continue;
        const aurelis_key key{keys[i].data(), keys[i].size(), 0, nullptr};
        if (walk.visit(walk.user, &key, walk.entries ? &kept.entries[i] : nullptr) == 0) return i + 1;
    }
    return keys.size() + 1;
}

// Shows keys piece by piece; those that were not reached stay in place.pending. False: the visitor said stop.
Result<bool> RedisBackend::show(const Walk& walk, ScanPlace& place) {
    const size_t at_once = walk.entries ? kValuesAtOnce : kKeysAtOnce;
    for (size_t at = 0; at < place.pending.size();) {
        const std::span<const std::string> piece =
            std::span<const std::string>(place.pending).subspan(at, std::min(at_once, place.pending.size() - at));
        const Result<size_t> shown = show_some(walk, piece);
        const size_t passed = shown ? std::min(shown.value(), piece.size()) : 0;
        at += passed;
        const bool stops = shown && shown.value() <= piece.size();
        if (shown && !stops) continue;
        place.pending.erase(place.pending.begin(), place.pending.begin() + static_cast<long>(at));
        if (!shown) return shown.error();
        return false;
    }
    place.pending.clear();
    return true;
}

aurelis_status RedisBackend::scan(aurelis_call* call, aurelis_scan& page, aurelis_visit_fn visit, void* user) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    const Result<KeyMatch> match = KeyMatch::read(page.match);
    if (!match) return report(call, match.error());
    ScanPlace place;
    place.shape = topology_->shape();
    if (page.after.size != 0) {
        Result<ScanPlace> read = ScanPlace::read(view(page.after));
        if (!read) return report(call, read.error());
        place = std::move(read).value();
    }
    const Walk walk{call, match.value(), (page.flags & AURELIS_SCAN_ENTRIES) != 0, visit, user};
    const Result<bool> ended = scan_page(walk, place, page.page_hint);
    if (!ended) return report(call, ended.error());
    page.next = aurelis_buf{};
    if (ended.value()) return AURELIS_OK;
    Pinned next = context_.host.copy(place.written());
    if (next.raw().ops == nullptr) return report(call, AURELIS_E_NOMEM, "no memory for the position of a scan");
    page.next = next.give();
    return AURELIS_OK;
}

// True: that was the end.
Result<bool> RedisBackend::scan_page(const Walk& walk, ScanPlace& place, uint64_t hint) {
    const uint64_t page = hint == 0 ? kPageUsual : hint;
    const std::string pattern = walk.match.pattern_for_server();
    const Deadline whole = deadline_of(walk.call);
    for (uint64_t seen = 0; seen < page;) {
        AURELIS_TRY(masters, topology_->masters(deadline_of(walk.call)));
        if (const uint64_t shape = topology_->shape(); shape != place.shape) {
            place = ScanPlace{};
            place.shape = shape;
        }
        AURELIS_TRY(goes_on, show(walk, place));
        if (!goes_on) return false;
        if (place.master >= masters.size()) return true;
        if (seen != 0 && whole.over() && walk.call != nullptr && walk.call->deadline_mono != 0) return false;
        AURELIS_TRY(keys, scan_step(masters[place.master], place, pattern, std::min(page - seen, kPageMost),
                                    deadline_of(walk.call)));
        seen += std::max<size_t>(keys.size(), 1);
        if (place.cursor == 0) {
            ++place.master;
            place.run = 0;
        }
        for (std::string& key : keys) {
            if (walk.match.fits(key)) place.pending.push_back(std::move(key));
        }
    }
    AURELIS_TRY(goes_on, show(walk, place));
    static_cast<void>(goes_on);
    AURELIS_TRY(masters, topology_->masters(deadline_of(walk.call)));
    return place.pending.empty() && place.master >= masters.size();
}

// Removes all that match on one server.
Result<uint64_t> RedisBackend::clear_node(const aurelis_call* call, const NodePointer& node, const KeyMatch& match) {
    const std::string pattern = match.pattern_for_server();
    ScanPlace place;
    uint64_t removed = 0;
    do {
        AURELIS_TRY(keys, scan_step(node, place, pattern, kPageUsual, deadline_of(call)));
        std::erase_if(keys, [&](const std::string& key) { return !match.fits(key); });
        if (keys.empty()) continue;
        Exchange exchange(context_, *topology_, deadline_of(call), false);
        ClearSteps steps(context_, now_ms(call), match.larger_than());
        AURELIS_TRY_VOID(put_to(exchange, steps, keys));
        for (const Question& question : exchange.questions()) removed += question.status == AURELIS_OK ? 1 : 0;
    } while (place.cursor != 0);
    return removed;
}

aurelis_status RedisBackend::remove_matching(aurelis_call* call, const aurelis_match& match, uint64_t* removed) {
    if (const aurelis_status no = refusal(call); no != AURELIS_OK) return no;
    const Result<KeyMatch> wanted = KeyMatch::read(&match);
    if (!wanted) return report(call, wanted.error());
    if (context_.settings.bare && wanted.value().larger_than() != 0)
        return report(call, AURELIS_E_UNSUPPORTED, "bare values are not removed by size");
    uint64_t sum = 0;
    for (int round = 0; round < kRestartsMost; ++round) {
        const Result<std::vector<NodePointer>> masters = topology_->masters(deadline_of(call));
        if (!masters) return report(call, masters.error());
        const uint64_t shape = topology_->shape();
        for (const NodePointer& node : masters.value()) {
            const Result<uint64_t> some = clear_node(call, node, wanted.value());
            if (!some) return report(call, some.error());
            sum += some.value();
        }
        // Keys in slots that moved meanwhile may have escaped the walk.
        if (topology_->shape() == shape) break;
    }
    if (removed != nullptr) *removed = sum;
    return AURELIS_OK;
}

}  // namespace aurelis::redis
