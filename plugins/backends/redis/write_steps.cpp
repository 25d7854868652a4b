// WriteSteps: framed values by SET and scripts, bare ones by plain commands.
#include "write_steps.hpp"

#include "errors.hpp"

#include <aurelis/base/bytes.hpp>

#include <algorithm>

namespace aurelis::redis {

namespace {

constexpr aurelis_status kNoMeaning = INT32_MIN;
constexpr size_t kValueBytesMost = (size_t{512} << 20) - Envelope::kBytes;
// A tombstone outlives the lease by so much, as the clocks of hosts and servers do not tick alike.
constexpr int64_t kLeaseMarginMs = 1000;

}  // namespace

void WriteSteps::add_tombstone(WriteJob& job) {
    job.version = draw_version();
    job.envelope = Envelope{false, job.version, 0, check_of(job.key)}.sealed();
    job.value = {};
    job.end_ms = frame_.now_ms;
}

Result<void> WriteSteps::add_write(std::string_view key, const aurelis_write& write) {
    constexpr uint32_t kMustBeKnown = 0xff000000u;
    constexpr uint32_t kConditions = AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT | AURELIS_SET_IF_VERSION;
    const bool foreign = around_.settings.foreign;
    if ((write.flags & kMustBeKnown) != 0)
        return fail(AURELIS_E_UNSUPPORTED, "the write has a flag that redis does not know; update the plugin");
    if ((write.flags & AURELIS_SET_DURABLE) != 0)
        return fail(AURELIS_E_UNSUPPORTED,
                    "Redis does not say when a write would survive a crash; set without DURABLE");
    if (foreign && (write.flags & AURELIS_SET_IF_VERSION) != 0)
        return fail(AURELIS_E_UNSUPPORTED, "values without an envelope have no versions; set 'foreign: false'");
    WriteJob job;
    job.key = key;
    if ((write.flags & AURELIS_SET_IF_ABSENT) != 0) job.conditions += kIfAbsent;
    if ((write.flags & AURELIS_SET_IF_PRESENT) != 0) job.conditions += kIfPresent;
    if ((write.flags & AURELIS_SET_IF_VERSION) != 0) job.conditions += kIfVersion;
    job.expected = write.if_version;
    if ((write.flags & AURELIS_SET_REMOVE) != 0) {
        if (foreign && !job.conditions.empty())
            return fail(AURELIS_E_UNSUPPORTED, "bare values are removed without conditions; set 'foreign: false'");
        job.kind = WriteJob::Kind::Drop;
        job.announces = 'r';
        add_tombstone(job);
        jobs_.push_back(std::move(job));
        return {};
    }
    if (foreign && (write.flags & kConditions) == (AURELIS_SET_IF_ABSENT | AURELIS_SET_IF_PRESENT))
        return fail(AURELIS_E_INVALID, "a key cannot be absent and present; give one of the conditions");
    if (write.value.size > kValueBytesMost)
        return fail(AURELIS_E_TOO_LARGE, "the value has " + std::to_string(write.value.size) +
                                             " bytes and Redis takes 512 MiB at most; store less");
    job.kind = job.conditions.empty() || foreign ? WriteJob::Kind::Set : WriteJob::Kind::SetIf;
    job.value = view(write.value);
    job.end_ms = write.meta.expires_wall / kMillisecond;
    job.announces = (write.flags & AURELIS_SET_FILL) != 0 ? char{0} : 'c';
    if (write.meta.expires_wall != 0 && job.end_ms <= frame_.now_ms) {
        job.done = AURELIS_NOT_STORED;
        job.announces = 'r';
        if (foreign) job.kind = WriteJob::Kind::Drop;
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

// How long Redis keeps it: what has an envelope at least for a lease, as a tombstone after its end.
WriteSteps::Life WriteSteps::life_of(const Connection& connection, const WriteJob& job) const noexcept {
    if (job.end_ms == 0) return {};
    int64_t end_ms = job.end_ms;
    if (!around_.settings.foreign) end_ms = std::max(end_ms, frame_.now_ms + frame_.lease_ms + kLeaseMarginMs);
    if (connection.takes_absolute_expiry()) return {"PXAT", end_ms};
    return {"PX", std::max<int64_t>(end_ms - frame_.now_ms, 1)};
}

void WriteSteps::script(Request& request, const Script& script, bool with_text, const WriteJob& job, size_t words) {
    request.begin(5 + words);
    request.word(with_text ? "EVAL" : "EVALSHA");
    request.word(with_text ? script.text : script.sha1);
    request.word("1");
    request.word(job.key);
    request.number(frame_.now_ms);
}

void WriteSteps::ask_framed(Connection& connection, const WriteJob& job, bool with_text) {
    Request& request = connection.request();
    const Scripts& scripts = Scripts::all();
    const std::string_view envelope(job.envelope.data(), job.envelope.size());
    const Life life = life_of(connection, job);
    std::array<char, 8> room;
    switch (job.kind) {
        case WriteJob::Kind::Set:
            request.begin(life.word.empty() ? 3 : 5);
            request.word("SET");
            request.word(job.key);
            request.word(envelope, job.value);
            if (life.word.empty()) return;
            request.word(life.word);
            request.number(life.ms);
            return;
        case WriteJob::Kind::SetIf:
            script(request, scripts.store_if, with_text, job, 5);
            request.word(job.conditions);
            request.word(version_bytes(job.expected, room));
            request.word(envelope, job.value);
            request.word(life.word);
            request.number(life.ms);
            return;
        case WriteJob::Kind::Drop:
            script(request, scripts.drop, with_text, job, 4);
            request.word(job.conditions);
            request.word(version_bytes(job.expected, room));
            request.word(envelope);
            request.number(frame_.lease_ms + kLeaseMarginMs);
            return;
        case WriteJob::Kind::Touch: {
            const auto sealed = Envelope{true, 0, job.end_ms, 0}.sealed();
            script(request, scripts.touch, with_text, job, 3);
            request.word({sealed.data() + Envelope::kEndOffset, 8});
            request.word(life.word.empty() ? "PERSIST" : life.word == "PX" ? "PEXPIRE" : "PEXPIREAT");
            request.number(life.ms);
            return;
        }
    }
}

void WriteSteps::ask_bare(Connection& connection, const WriteJob& job) {
    Request& request = connection.request();
    const Life life = life_of(connection, job);
    if (job.kind == WriteJob::Kind::Drop) return request.command("UNLINK", job.key);
    if (job.kind == WriteJob::Kind::Touch) {
        // PERSIST says whether there was an expiry, not whether there is a key.
        if (life.word.empty()) request.command("PERSIST", job.key);
        if (life.word.empty()) return request.command("EXISTS", job.key);
        return request.command(life.word == "PX" ? "PEXPIRE" : "PEXPIREAT", job.key, std::to_string(life.ms));
    }
    const bool conditional = !job.conditions.empty();
    request.begin(size_t{3} + (life.word.empty() ? 0 : 2) + (conditional ? 1 : 0));
    request.word("SET");
    request.word(job.key);
    request.word(job.value);
    if (!life.word.empty()) {
        request.word(life.word);
        request.number(life.ms);
    }
    if (conditional) request.word(job.conditions.front() == kIfAbsent ? "NX" : "XX");
}

void WriteSteps::ask_one(Connection& connection, const WriteJob& job, const Question& question) {
    if (frame_.own != nullptr && job.version != 0) frame_.own->note(job.key, job.version);
    if (question.asks) connection.request().command("ASKING");
    if (around_.settings.foreign)
        ask_bare(connection, job);
    else
        ask_framed(connection, job, question.with_text);
}

void WriteSteps::announce(Request& request, std::span<const size_t> which) {
    Announcement announcement(*frame_.sender);
    for (const size_t index : which) {
        if (jobs_[index].announces != 0) announcement.add(jobs_[index].announces, jobs_[index].key);
    }
    for (const std::string& message : announcement.messages()) {
        request.begin(3);
        request.word("PUBLISH");
        request.word(around_.settings.channel);
        request.copied_word(message);
    }
    announced_.back().second = announcement.messages().size();
}

void WriteSteps::ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) {
    for (const size_t index : which) ask_one(connection, jobs_[index], exchange.questions()[index]);
    announced_.emplace_back(&connection, 0);
    if (around_.settings.coherence == Coherence::PubSub) announce(connection.request(), which);
}

aurelis_status WriteSteps::meaning(const WriteJob& job, const Head& head) const noexcept {
    const bool number = head.kind == Head::Kind::Integer;
    switch (job.kind) {
        case WriteJob::Kind::Set:
            if (head.kind == Head::Kind::Status) return job.done;
            if (head.kind == Head::Kind::Nil && !job.conditions.empty()) return AURELIS_CONFLICT;
            return kNoMeaning;
        case WriteJob::Kind::SetIf:
            if (!number) return kNoMeaning;
            return head.number == 1 ? job.done : aurelis_status{AURELIS_CONFLICT};
        case WriteJob::Kind::Drop:
            if (!number) return kNoMeaning;
            if (head.number == 2 && !job.conditions.empty()) return AURELIS_CONFLICT;
            if (job.done == AURELIS_NOT_STORED) return job.done;
            return head.number != 0 ? AURELIS_OK : AURELIS_NOT_FOUND;
        case WriteJob::Kind::Touch:
            if (!number) return kNoMeaning;
            return head.number != 0 ? AURELIS_OK : AURELIS_NOT_FOUND;
    }
    return kNoMeaning;
}

Result<void> WriteSteps::hear(Connection& connection, std::span<const size_t> which, Exchange& exchange) {
    ReplyStream& replies = connection.replies();
    const Deadline& deadline = exchange.deadline();
    for (const size_t index : which) {
        const WriteJob& job = jobs_[index];
        const bool persists = around_.settings.foreign && job.kind == WriteJob::Kind::Touch && job.end_ms == 0;
        if (exchange.questions()[index].asks || persists) AURELIS_TRY_VOID(replies.head(deadline));
        AURELIS_TRY(head, replies.head(deadline));
        if (head.kind == Head::Kind::Error) {
            exchange.refused(index, head.text);
            continue;
        }
        const aurelis_status status = meaning(job, head);
        if (status == kNoMeaning) return fail(AURELIS_E_UNAVAILABLE, "the server's answer does not fit the write");
        exchange.settle(index, status);
    }
    return hear_announced(connection, deadline);
}

// Writes that are done and cannot be announced leave old copies with others: the operator has to know.
Result<void> WriteSteps::hear_announced(Connection& connection, const Deadline& deadline) {
    constexpr int64_t kToldAgainNs = 10 * kSecond;
    const auto due =
        std::find_if(announced_.rbegin(), announced_.rend(), [&](const auto& one) { return one.first == &connection; });
    for (size_t i = 0; due != announced_.rend() && i < due->second; ++i) {
        AURELIS_TRY(head, connection.replies().head(deadline));
        if (head.kind == Head::Kind::Integer) {
            around_.counters.announced.fetch_add(1, std::memory_order_relaxed);
            continue;
        }
        if (head.kind != Head::Kind::Error)
            return fail(AURELIS_E_UNAVAILABLE, "the server's answer does not fit an announcement");
        around_.counters.announce_failures.fetch_add(1, std::memory_order_relaxed);
        int64_t told = around_.announcing_told_ns.load();
        const int64_t now = mono_ns();
        if (told != 0 && now - told < kToldAgainNs) continue;
        if (!around_.announcing_told_ns.compare_exchange_strong(told, now)) continue;
        around_.host.log(AURELIS_LOG_WARN, "changes cannot be announced to other processes: " +
                                               around_.settings.secrets.shown(head.text) + "; " +
                                               meaning_of(head.text).advice);
    }
    return {};
}

}  // namespace aurelis::redis
