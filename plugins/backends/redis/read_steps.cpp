// The steps of looking at keys.
#include "read_steps.hpp"

#include "envelope.hpp"
#include "errors.hpp"
#include "scripts.hpp"

namespace aurelis::redis {

namespace {

// WRONGTYPE: another program keeps something else under the key. A miss; the next write replaces it.
bool error_is_of_key(std::string_view line) noexcept { return error_code(line) == "WRONGTYPE"; }

Error no_fit() { return fail(AURELIS_E_UNAVAILABLE, "the server's answer does not fit the question"); }

}  // namespace

void ReadSteps::ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) {
    Request& request = connection.request();
    const auto& questions = exchange.questions();
    if (as_one(which)) {
        request.begin(which.size() + 1);
        request.word("MGET");
        for (const size_t index : which) request.word(questions[index].key);
        return;
    }
    for (const size_t index : which) {
        if (questions[index].asks) request.command("ASKING");
        request.command("GET", questions[index].key);
    }
}

Result<void> ReadSteps::read_one(Connection& connection, const Head& head, size_t index, Exchange& exchange) {
    const std::string_view key = exchange.questions()[index].key;
    AURELIS_TRY(status, read_value(context_, connection, head, key, view_, &out_[index], exchange.deadline()));
    exchange.settle(index, status);
    return {};
}

Result<void> ReadSteps::read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) {
    ReplyStream& replies = connection.replies();
    const Deadline& deadline = exchange.deadline();
    if (as_one(which)) {
        AURELIS_TRY(head, replies.head(deadline));
        if (head.kind == Head::Kind::Error) {
            for (const size_t index : which) exchange.refused(index, head.text);
            return {};
        }
        if (head.kind != Head::Kind::Array || head.number != static_cast<int64_t>(which.size())) return no_fit();
    }
    for (const size_t index : which) {
        if (exchange.questions()[index].asks) AURELIS_TRY_VOID(replies.head(deadline));
        AURELIS_TRY(head, replies.head(deadline));
        if (head.kind == Head::Kind::Error && error_is_of_key(head.text)) {
            context_.counters.unreadable.fetch_add(1, std::memory_order_relaxed);
            if (!context_.settings.bare) out_[index].meta.version = Envelope::kUnreadable;
            exchange.settle(index, AURELIS_NOT_FOUND);
        } else if (head.kind == Head::Kind::Error && !as_one(which)) {
            exchange.refused(index, head.text);
        } else {
            AURELIS_TRY_VOID(read_one(connection, head, index, exchange));
        }
    }
    return {};
}

void LookSteps::ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) {
    Request& request = connection.request();
    for (const size_t index : which) {
        const Question& question = exchange.questions()[index];
        if (question.asks) request.command("ASKING");
        if (context_.settings.bare)
            request.command("EXISTS", question.key);
        else
            request.command("GETRANGE", question.key, "0", "23");
        // ASKING applies only to the next command, so the size of a key in a slot that is being moved is unknown.
        if (sizes_ && !question.asks) request.command("STRLEN", question.key);
    }
}

Result<void> LookSteps::read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) {
    ReplyStream& replies = connection.replies();
    const Deadline& deadline = exchange.deadline();
    for (const size_t index : which) {
        const bool asked = exchange.questions()[index].asks;
        if (asked) AURELIS_TRY_VOID(replies.head(deadline));
        AURELIS_TRY(head, replies.head(deadline));
        Seen& seen = out_[index];
        if (head.kind == Head::Kind::Error && !error_is_of_key(head.text)) {
            exchange.refused(index, head.text);
        } else {
            if (head.kind == Head::Kind::Bulk) {
                char bytes[Envelope::kBytes];
                if (head.number > static_cast<int64_t>(sizeof bytes)) return no_fit();
                const auto size = static_cast<size_t>(head.number);
                AURELIS_TRY_VOID(replies.body(bytes, size, deadline));
                AURELIS_TRY_VOID(replies.end_of_bulk(deadline));
                const auto envelope = Envelope::open({bytes, size});
                seen.live = envelope && envelope->is_live(now_ms_);
            } else {
                seen.live = head.kind == Head::Kind::Integer && head.number != 0;
            }
            exchange.settle(index, AURELIS_OK);
        }
        if (!sizes_ || asked) continue;
        AURELIS_TRY(size, replies.head(deadline));
        const int64_t header = context_.settings.bare ? 0 : int64_t{Envelope::kBytes};
        if (size.kind == Head::Kind::Integer && size.number > header)
            seen.bytes = static_cast<uint64_t>(size.number - header);
    }
    return {};
}

void ClearSteps::ask(Connection& connection, std::span<const size_t> which, const Exchange& exchange) {
    Request& request = connection.request();
    const Script& script = Scripts::all().clear;
    for (const size_t index : which) {
        const Question& question = exchange.questions()[index];
        if (question.asks) request.command("ASKING");
        if (context_.settings.bare) {
            request.command("UNLINK", question.key);
            continue;
        }
        request.begin(6);
        request.word(question.with_text ? "EVAL" : "EVALSHA");
        request.word(question.with_text ? script.text : script.sha1);
        request.word("1");
        request.word(question.key);
        request.number(now_ms_);
        request.number(static_cast<int64_t>(larger_than_));
    }
}

Result<void> ClearSteps::read_replies(Connection& connection, std::span<const size_t> which, Exchange& exchange) {
    ReplyStream& replies = connection.replies();
    for (const size_t index : which) {
        if (exchange.questions()[index].asks) AURELIS_TRY_VOID(replies.head(exchange.deadline()));
        AURELIS_TRY(head, replies.head(exchange.deadline()));
        if (head.kind == Head::Kind::Error)
            exchange.refused(index, head.text);
        else if (head.kind == Head::Kind::Integer)
            exchange.settle(index, head.number != 0 ? AURELIS_OK : AURELIS_NOT_FOUND);
        else
            return no_fit();
    }
    return {};
}

}  // namespace aurelis::redis
