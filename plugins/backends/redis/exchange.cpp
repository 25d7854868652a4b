// Exchange: rounds, each of them over all nodes that still have to be asked.
#include "exchange.hpp"

#include "errors.hpp"
#include "slots.hpp"

#include <algorithm>

namespace aurelis::redis {

namespace {
constexpr int kRoundsMost = 16;
}

void Exchange::add(std::string_view key) {
    Question question;
    question.key = key;
    question.slot = topology_.goes_by_slots() ? slot_of(key) : uint16_t{0};
    questions_.push_back(std::move(question));
}

void Exchange::fail_all(std::span<const size_t> which, const Error& why) {
    for (const size_t index : which) {
        if (!questions_[index].is_settled) settle(index, why.status);
    }
    if (trouble_.status == AURELIS_OK) trouble_ = why;
}

// Nodes in the order of their addresses in memory: all callers that take several connections take them in the same
// order, so no two callers wait for each other.
std::vector<Exchange::Group> Exchange::grouped() {
    std::vector<Group> groups;
    for (size_t index = 0; index < questions_.size(); ++index) {
        Question& question = questions_[index];
        if (question.is_settled) continue;
        NodePointer node = question.target;
        if (node == nullptr) {
            const Result<NodePointer> found = topology_.node_of(question.slot, reading_ && first_round_, deadline_);
            if (!found) {
                fail_all({&index, 1}, found.error());
                continue;
            }
            node = found.value();
        }
        auto at = std::find_if(groups.begin(), groups.end(), [&](const Group& one) { return one.node == node; });
        if (at == groups.end()) at = groups.insert(groups.end(), Group{node, {}, {}, {}, 0, false});
        at->which.push_back(index);
    }
    std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.node < b.node; });
    return groups;
}

void Exchange::take(Group& group) {
    Result<Turn> turn = group.node->take(deadline_, fresh_ ? Pick::Fresh : Pick::InStep);
    if (turn) {
        group.turn.push_back(std::move(turn).value());
        return;
    }
    group.failed = true;
    topology_.doubt(*group.node);
    if (topology_.has_others() && second_chances_ > 0 && !deadline_.over()) {
        --second_chances_;
        for (const size_t index : group.which) {
            questions_[index].target.reset();
            questions_[index].asks = false;
        }
        return;
    }
    fail_all(group.which, turn.error());
}

// The connection broke, the deadline passed, or the answer was invalid.
void Exchange::lost(Group& group, const Error& why) {
    Connection& connection = *group.turn.front();
    connection.spoil();
    if (!reading_) {
        connection.transport().reset_when_closed();
        group.node->note_unanswered(connection.facts());
    }
    group.failed = true;
    const bool was_used = connection.was_used();
    if (why.status == AURELIS_E_TIMEOUT) context_.counters.timeouts.fetch_add(1, std::memory_order_relaxed);
    const bool is_transport = why.status == AURELIS_E_TIMEOUT || why.status == AURELIS_E_UNAVAILABLE;
    if (is_transport) topology_.doubt(*group.node);
    if (reading_ && why.status == AURELIS_E_UNAVAILABLE && was_used && second_chances_ > 0) {
        --second_chances_;
        fresh_ = true;
        return;
    }
    Error told = fail(why.status, group.node->address().text() + ": " + why.message);
    if (!reading_ && is_transport) {
        told.status = AURELIS_E_TIMEOUT;
        told.message += "; whether the write was done is not known";
    }
    fail_all(group.which, told);
}

void Exchange::ask_ahead(Group& group) {
    Connection& connection = *group.turn.front();
    group.ending = group.node->unanswered(connection.facts().run);
    for (const int64_t id : group.ending) connection.request().command("CLIENT", "KILL", "ID", std::to_string(id));
    if (!connection.clock().is_old()) return;
    group.time_asked_ns = mono_ns();
    connection.request().command("TIME");
}

Result<void> Exchange::read_ahead(Group& group) {
    Connection& connection = *group.turn.front();
    for (const int64_t id : group.ending) {
        AURELIS_TRY(head, connection.replies().head(deadline_));
        // If the client no longer exists, that is just as good.
        const bool refused = head.kind == Head::Kind::Error && error_code(head.text) == "NOPERM";
        if (refused && !context_.unfenced_told.exchange(true))
            context_.host.log(AURELIS_LOG_WARN, group.node->address().text() +
                                                   ": a connection with an unanswered write cannot be ended there: " +
                                                   context_.settings.secrets.shown(head.text) +
                                                   "; give the user the right by ACL SETUSER <user> +client|kill");
        group.node->end_unanswered(id);
    }
    if (group.time_asked_ns != 0) return connection.read_time(group.time_asked_ns, deadline_);
    return {};
}

void Exchange::run(Steps& steps) {
    for (int round = 0; round < kRoundsMost; ++round) {
        std::vector<Group> groups = grouped();
        if (groups.empty()) return;
        first_round_ = false;
        for (Group& group : groups) take(group);
        for (Group& group : groups) {
            if (group.failed) continue;
            Connection& connection = *group.turn.front();
            if (!reading_) ask_ahead(group);
            steps.ask(connection, group.which, *this);
            if (const Result<void> sent = connection.send(deadline_); !sent) lost(group, sent.error());
        }
        for (Group& group : groups) {
            if (group.failed) continue;
            reading_from_ = group.node.get();
            Result<void> read = read_ahead(group);
            if (read) read = steps.read_replies(*group.turn.front(), group.which, *this);
            if (!read) lost(group, read.error());
            group.turn.clear();
        }
    }
    for (size_t index = 0; index < questions_.size(); ++index) {
        if (!questions_[index].is_settled)
            fail_all({&index, 1}, fail(AURELIS_E_UNAVAILABLE, "the servers redirect the request again and again"));
    }
}

void Exchange::refused(size_t index, std::string_view line) {
    Node& by = *reading_from_;
    Question& question = questions_[index];
    const std::string_view code = error_code(line);
    if (code == "NOSCRIPT" && !question.with_text) {
        question.with_text = true;
        context_.counters.scripts_loaded.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    if (code == "MOVED" || code == "ASK") {
        Result<NodePointer> to = topology_.redirected(line, by);
        if (!to) return fail_all({&index, 1}, to.error());
        question.asks = code == "ASK";
        question.target = std::move(to).value();
        return;
    }
    if (is_no_master(line)) {
        topology_.doubt(by);
        // If a server refuses writes, there may be another master; one that is loading has to be waited for.
        if (code != "LOADING" && topology_.has_others() && second_chances_ > 0) {
            --second_chances_;
            question.target.reset();
            question.asks = false;
            return;
        }
    }
    const Meaning meaning = meaning_of(line);
    std::string text = by.address().text() + ": " + context_.settings.secrets.shown(line);
    if (*meaning.advice != '\0') text += std::string("; ") + meaning.advice;
    fail_all({&index, 1}, fail(meaning.status, std::move(text)));
}

}  // namespace aurelis::redis
