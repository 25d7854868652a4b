// WriteSteps: framed values by SET and scripts, bare ones by plain commands.
#include "write_steps.hpp"

#include "errors.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>
#include <limits>

namespace aurelis::redis {

namespace {

constexpr aurelis_status kNoMeaning = INT32_MIN;
constexpr aurelis_status kCameLate = INT32_MIN + 1;
constexpr int64_t kLate = -1;  // As returned by the scripts.
constexpr int64_t kLongestNs = 3600 * kSecond;  // No request is under way for longer.
constexpr size_t kValueBytesMost = (size_t{512} << 20) - Envelope::kBytes;
// A tombstone outlives the lease by this margin, as the clocks of hosts and servers do not run equally fast.
constexpr int64_t kLeaseMarginMs = 1000;

}  // namespace

void WriteSteps::add_tombstone(WriteJob& job, bool copy) {
    job.version = draw_version();
    job.drops_copy = copy;
    job.envelope = Envelope{false, job.version, copy ? Envelope::kCopyDropped : 0, check_of(job.key)}.sealed();
    job.value = {};
    job.end_ms = frame_.now_ms;
}

Result<void> WriteSteps::add_write(std::string_view key, const aurelis_write& write) {
    constexpr uint32_t kConditions = AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT | AURELIS_SET_IF_VERSION;
    const bool bare = context_.settings.bare;
    if (plugin::must_be_known(write.flags))
        return fail(AURELIS_E_UNSUPPORTED, "the write has a flag that redis does not know; update the plugin");
    if ((write.flags & AURELIS_SET_DURABLE) != 0)
        return fail(AURELIS_E_UNSUPPORTED,
                    "Redis does not say when a write would survive a crash; set without DURABLE");
    if (bare && (write.flags & AURELIS_SET_IF_VERSION) != 0)
        return fail(AURELIS_E_UNSUPPORTED, "values without an envelope have no versions; set 'bare: false'");
    WriteJob job;
    job.key = key;
    if ((write.flags & AURELIS_SET_IF_ABSENT) != 0) job.conditions += kIfAbsent;
    if ((write.flags & AURELIS_SET_IF_PRESENT) != 0) job.conditions += kIfPresent;
    if ((write.flags & AURELIS_SET_IF_VERSION) != 0) job.conditions += kIfVersion;
    job.expected = write.if_version;
    if ((write.flags & AURELIS_SET_REMOVE) != 0) {
        if (bare && !job.conditions.empty())
            return fail(AURELIS_E_UNSUPPORTED, "bare values are removed without conditions; set 'bare: false'");
        const bool copy = (write.flags & AURELIS_SET_FILL) != 0;
        job.kind = WriteJob::Kind::Drop;
        job.announces = copy ? char{0} : 'r';
        add_tombstone(job, copy);
        jobs_.push_back(std::move(job));
        return {};
    }
    if (bare && (write.flags & kConditions) == (AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT))
        return fail(AURELIS_E_INVALID, "a key cannot be absent and present; give one of the conditions");
    if (write.value.size > kValueBytesMost)
        return fail(AURELIS_E_TOO_LARGE, "the value has " + std::to_string(write.value.size) +
                                             " bytes and Redis takes 512 MiB at most; store less");
    job.kind = job.conditions.empty() || bare ? WriteJob::Kind::Set : WriteJob::Kind::SetIf;
    job.value = view(write.value);
    job.end_ms = write.meta.expires_wall / kMillisecond;
    job.announces = (write.flags & AURELIS_SET_FILL) != 0 ? char{0} : 'c';
    if (write.meta.expires_wall != 0 && job.end_ms <= frame_.now_ms) {
        job.done = AURELIS_NOT_STORED;
        job.announces = 'r';
        if (bare) job.kind = WriteJob::Kind::Drop;
        add_tombstone(job);
    } else {
        job.version = draw_version();
        job.envelope = Envelope{true, job.version, job.end_ms, check_of(key)}.sealed();
    }
    jobs_.push_back(std::move(job));
    return {};
}

void WriteSteps::add_drop(std::string_view key) {
    WriteJob job;
    job.kind = WriteJob::Kind::Drop;
    job.key = key;
    job.announces = 'r';
    add_tombstone(job);
    jobs_.push_back(std::move(job));
}

void WriteSteps::add_touch(std::string_view key, int64_t expires_wall) {
    WriteJob job;
    job.kind = WriteJob::Kind::Touch;
    job.key = key;
    job.end_ms = expires_wall / kMillisecond;
    if (expires_wall != 0 && job.end_ms < 1) job.end_ms = 1;  // In the past, not for ever.
    jobs_.push_back(std::move(job));
}

// How long Redis keeps it: a value with an envelope at least for a lease, as a tombstone after its end.
// Clock: the caller's wall clock says how much is left, and the server measures it by its own, as an absolute time
// where possible, so that a replica that gets it late expires it in time. A step of our clock shifts what is written
// before the next `now` only as far as the core's judgement of the envelope shifts; a difference between the clocks
// changes nothing; a step of the server's clock makes it expire early or late, like everything in that server.
WriteSteps::Life WriteSteps::life_of(const Connection& connection, const WriteJob& job) const noexcept {
    if (job.end_ms == 0) return {};
    int64_t end_ms = job.end_ms;
    if (!context_.settings.bare) end_ms = std::max(end_ms, frame_.now_ms + frame_.lease_ms + kLeaseMarginMs);
    const int64_t left_ms = std::max<int64_t>(end_ms - frame_.now_ms, 1);
    if (!connection.takes_absolute_expiry()) return {"PX", left_ms};
    const int64_t there_ms = connection.clock().latest_ms(mono_ns());
    return {"PXAT", there_ms + std::min(left_ms, std::numeric_limits<int64_t>::max() / 2 - there_ms)};
}

// Clock: monotonic here, wall there, tied together by the server's last answer to TIME (ServerClock).
int64_t WriteSteps::last_moment(const Connection& connection, const Deadline& deadline) {
    if (connection.clock().is_known()) {
        const int64_t now = mono_ns();
        return connection.clock().earliest_ms(now + std::min(deadline.left_ns(), kLongestNs));
    }
    if (!context_.unguarded_told.exchange(true))
        context_.host.log(AURELIS_LOG_WARN, connection.address().text() +
                                               ": it does not tell the time, so a write that the network holds back is "
                                               "carried out when it arrives, however late; give the user the right by "
                                               "ACL SETUSER <user> +time");
    return 0;
}

bool WriteSteps::is_in_two_steps(const Connection& connection, const WriteJob& job) const noexcept {
    return job.kind == WriteJob::Kind::Set && job.conditions.empty() && connection.takes_absolute_expiry();
}

void WriteSteps::script(Request& request, const Script& script, bool with_text, const WriteJob& job,
                        int64_t last_moment, size_t words) {
    request.begin(6 + words);
    request.word(with_text ? "EVAL" : "EVALSHA");
    request.word(with_text ? script.text : script.sha1);
    request.word("1");
    request.word(job.key);
    request.number(frame_.now_ms);
    request.number(last_moment);
}

void WriteSteps::ask_in_two_steps(Connection& connection, const WriteJob& job, bool asks, int64_t last_moment) {
    Request& request = connection.request();
    const Life life = life_of(connection, job);
    request.begin(5);
    request.word("SET");
    request.word(job.key);
    if (context_.settings.bare)
        request.word(job.value);
    else
        request.word(std::string_view(job.envelope.data(), job.envelope.size()), job.value);
    request.word("PXAT");
    request.number(last_moment);
    if (asks) request.command("ASKING");
    if (life.word.empty()) return request.command("PERSIST", job.key);
    request.begin(3);
    request.word("PEXPIREAT");
    request.word(job.key);
    request.number(life.ms);
}

void WriteSteps::ask_framed(Connection& connection, const WriteJob& job, bool with_text, int64_t last_moment) {
    Request& request = connection.request();
    const Scripts& scripts = Scripts::all();
    const std::string_view envelope(job.envelope.data(), job.envelope.size());
    const Life life = life_of(connection, job);
    std::array<char, 8> room;
    switch (job.kind) {
        case WriteJob::Kind::Set:
        case WriteJob::Kind::SetIf:
            script(request, scripts.store_if, with_text, job, last_moment, 5);
            request.word(job.conditions);
            request.word(version_bytes(job.expected, room));
            request.word(envelope, job.value);
            request.word(life.word);
            request.number(life.ms);
            return;
        case WriteJob::Kind::Drop:
            script(request, scripts.drop, with_text, job, last_moment, 4);
            request.word(job.conditions);
            request.word(version_bytes(job.expected, room));
            request.word(envelope);
            request.number(frame_.lease_ms + kLeaseMarginMs);
            return;
        case WriteJob::Kind::Touch: {
            const auto sealed = Envelope{true, 0, job.end_ms, 0}.sealed();
            script(request, scripts.touch, with_text, job, last_moment, 3);
            request.word({sealed.data() + Envelope::kEndOffset, 8});
            request.word(life.word.empty() ? "PERSIST" : life.word == "PX" ? "PEXPIRE" : "PEXPIREAT");
            request.number(life.ms);
            return;
        }
    }
}

// A removal of a bare value that arrives late costs a miss, so it needs no script.
void WriteSteps::ask_bare(Connection& connection, const WriteJob& job, bool with_text, int64_t last_moment) {
    Request& request = connection.request();
    const Life life = life_of(connection, job);
    if (job.kind == WriteJob::Kind::Drop) return request.command("UNLINK", job.key);
    if (job.kind == WriteJob::Kind::Touch) {
        script(request, Scripts::all().touch_bare, with_text, job, last_moment, 2);
        request.word(life.word.empty() ? "PERSIST" : life.word == "PX" ? "PEXPIRE" : "PEXPIREAT");
        request.number(life.ms);
        return;
    }
    script(request, Scripts::all().store_bare, with_text, job, last_moment, 4);
    request.word(job.value);
    request.word(life.word);
    request.number(life.ms);
    request.word(job.conditions.empty() ? "" : job.conditions.front() == kIfAbsent ? "NX" : "XX");
}

void WriteSteps::ask_one(Connection& connection, const WriteJob& job, const Question& question, int64_t last_moment) {
    // Dropping a copy hides what others wrote from whoever looks later, so it does not count as a change of ours.
    if (frame_.own != nullptr && job.version != 0 && !job.drops_copy) frame_.own->note(job.key, job.version);
    if (question.asks) connection.request().command("ASKING");
    if (is_in_two_steps(connection, job))
        ask_in_two_steps(connection, job, question.asks, last_moment);
    else if (context_.settings.bare)
        ask_bare(connection, job, question.with_text, last_moment);
    else
        ask_framed(connection, job, question.with_text, last_moment);
}

void WriteSteps::announce(Request& request, std::span<const size_t> which) {
    Announcement announcement(*frame_.sender);
    for (const size_t index : which) {
        if (jobs_[index].announces != 0) announcement.add(jobs_[index].announces, jobs_[index].key);
    }
    for (const std::string& message : announcement.messages()) {
        request.begin(3);
        request.word("PUBLISH");
        request.word(context_.settings.channel);
        request.copied_word(message);
    }
    announced_.back().second = announcement.messages().size();
}

void WriteSteps::ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) {
    const int64_t last = last_moment(connection, exchange.deadline());
    for (const size_t index : which) ask_one(connection, jobs_[index], exchange.questions()[index], last);
    announced_.emplace_back(&connection, 0);
    if (context_.settings.coherence == Coherence::PubSub) announce(connection.request(), which);
}

aurelis_status WriteSteps::meaning(const WriteJob& job, const Head& head, bool in_two_steps) const noexcept {
    const bool dropped_bare = context_.settings.bare && job.kind == WriteJob::Kind::Drop;
    if (in_two_steps) return head.kind == Head::Kind::Status ? job.done : kNoMeaning;
    if (head.kind != Head::Kind::Integer) return kNoMeaning;
    if (head.number == kLate && !dropped_bare) return kCameLate;
    switch (job.kind) {
        case WriteJob::Kind::Set:
        case WriteJob::Kind::SetIf:
            if (head.number == 1) return job.done;
            return head.number == 0 && !job.conditions.empty() ? aurelis_status{AURELIS_CONFLICT} : kNoMeaning;
        case WriteJob::Kind::Drop:
            if (head.number == 2 && !job.conditions.empty()) return AURELIS_CONFLICT;
            if (job.done == AURELIS_NOT_STORED) return job.done;
            return head.number != 0 ? AURELIS_OK : AURELIS_NOT_FOUND;
        case WriteJob::Kind::Touch: return head.number != 0 ? AURELIS_OK : AURELIS_NOT_FOUND;
    }
    return kNoMeaning;
}

// False: the answer does not fit.
Result<bool> WriteSteps::read_one(Connection& connection, size_t index, Exchange& exchange) {
    ReplyStream& replies = connection.replies();
    const Deadline& deadline = exchange.deadline();
    const WriteJob& job = jobs_[index];
    const bool asks = exchange.questions()[index].asks;
    if (asks) AURELIS_TRY_VOID(replies.head(deadline));
    AURELIS_TRY(head, replies.head(deadline));
    const bool refused = head.kind == Head::Kind::Error;
    const bool in_two_steps = is_in_two_steps(connection, job);
    aurelis_status status = refused ? aurelis_status{AURELIS_OK} : meaning(job, head, in_two_steps);
    if (status == kNoMeaning) return false;
    // Before the next answer overwrites it.
    if (refused) exchange.refused(index, head.text);
    if (in_two_steps) {
        if (asks) AURELIS_TRY_VOID(replies.head(deadline));
        AURELIS_TRY(lasts, replies.head(deadline));
        if (!refused && lasts.kind == Head::Kind::Error) {
            exchange.refused(index, lasts.text);
            return true;
        }
        if (!refused && lasts.kind != Head::Kind::Integer) return false;
        if (!refused && lasts.number == 0) status = kCameLate;
    }
    if (refused) return true;
    if (status == kCameLate)
        exchange.came_late(connection);
    else
        exchange.settle(index, status);
    return true;
}

Result<void> WriteSteps::read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) {
    for (const size_t index : which) {
        AURELIS_TRY(fits, read_one(connection, index, exchange));
        if (!fits) return fail(AURELIS_E_UNAVAILABLE, "the server's answer does not fit the write");
    }
    return read_announced(connection, exchange.deadline());
}

// Writes that are done but cannot be announced leave old copies in other processes: the operator has to know.
Result<void> WriteSteps::read_announced(Connection& connection, const Deadline& deadline) {
    constexpr int64_t kToldAgainNs = 10 * kSecond;
    const auto due =
        std::find_if(announced_.rbegin(), announced_.rend(), [&](const auto& one) { return one.first == &connection; });
    for (size_t i = 0; due != announced_.rend() && i < due->second; ++i) {
        AURELIS_TRY(head, connection.replies().head(deadline));
        if (head.kind == Head::Kind::Integer) {
            context_.counters.announced.fetch_add(1, std::memory_order_relaxed);
            continue;
        }
        if (head.kind != Head::Kind::Error)
            return fail(AURELIS_E_UNAVAILABLE, "the server's answer does not fit an announcement");
        context_.counters.announce_failures.fetch_add(1, std::memory_order_relaxed);
        int64_t told = context_.announcing_told_ns.load();
        const int64_t now = mono_ns();
        if (told != 0 && now - told < kToldAgainNs) continue;
        if (!context_.announcing_told_ns.compare_exchange_strong(told, now)) continue;
        context_.host.log(AURELIS_LOG_WARN, "changes cannot be announced to other processes: " +
                                               context_.settings.secrets.shown(head.text) + "; " +
                                               meaning_of(head.text).advice);
    }
    return {};
}

}  // namespace aurelis::redis
