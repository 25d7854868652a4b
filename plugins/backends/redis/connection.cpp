// Connection: login in one round trip, and sending without ever blocking on a server that does not read before its
// answers are read.
#include "connection.hpp"

#include "digest.hpp"
#include "errors.hpp"

#include <charconv>
#include <cstdlib>
#include <ctime>

namespace aurelis::redis {

namespace {

constexpr ReplyLimits kGreetingLimits{256 << 10, 1024};
constexpr int64_t kClocksApartNs = kSecond;

// The value of "name:value\r\n" in INFO.
std::string_view field(std::string_view info, std::string_view name) noexcept {
    for (size_t at = info.find(name); at != std::string_view::npos; at = info.find(name, at + 1)) {
        const bool begins = at == 0 || info[at - 1] == '\n';
        if (!begins || info.substr(at + name.size(), 1) != ":") continue;
        const std::string_view rest = info.substr(at + name.size() + 1);
        return rest.substr(0, rest.find_first_of("\r\n"));
    }
    return {};
}

int version_number(std::string_view text) noexcept {
    int parts[3] = {0, 0, 0};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (int& part : parts) {
        const auto [next, error] = std::from_chars(at, end, part);
        if (error != std::errc() || part < 0 || part > 99) break;
        at = next == end ? end : next + 1;
    }
    return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(Context& context, const Address& address,
                                                     const Greeting& greeting, const Deadline& deadline) {
    auto transport = Transport::connect(address, context.resolver, context.tls.get(), deadline);
    if (!transport) return fail(transport.error().status, address.text() + ": " + transport.error().message);
    std::unique_ptr<Connection> made(new Connection(context, address, std::move(transport).value()));
    const Result<void> greeted = made->greet(greeting, deadline);
    if (!greeted) return fail(greeted.error().status, address.text() + ": " + greeted.error().message);
    return made;
}

Result<void> Connection::greet(const Greeting& greeting, const Deadline& deadline) {
    const Login& login = greeting.login;
    if (!login.password.empty() && !login.username.empty())
        request_.command("AUTH", login.username, login.password);
    else if (!login.password.empty())
        request_.command("AUTH", login.password);
    if (greeting.database != 0) request_.command("SELECT", std::to_string(greeting.database));
    if (greeting.must_be_master) request_.command("ROLE");
    if (greeting.reads_from_replica) request_.command("READONLY");
    request_.command("CLIENT", "SETNAME", context_.settings.client_name);
    request_.command("CLIENT", "ID");
    request_.command("INFO", "server");
    request_.command("TIME");
    const int64_t asked_ns = mono_ns();
    AURELIS_TRY_VOID(send(deadline));
    if (!login.password.empty()) AURELIS_TRY_VOID(read_login(login, deadline));
    if (greeting.database != 0) AURELIS_TRY_VOID(expect_ok("does not give the database", deadline));
    if (greeting.must_be_master) AURELIS_TRY_VOID(read_role(deadline));
    if (greeting.reads_from_replica) AURELIS_TRY_VOID(expect_ok("does not let replicas be read", deadline));
    return read_facts(asked_ns, deadline);
}

Error Connection::refused(const char* what, std::string_view line) const {
    const Meaning meaning = meaning_of(line);
    std::string text = std::string(what) + ": " + context_.settings.secrets.shown(line);
    if (*meaning.advice != '\0') text += std::string("; ") + meaning.advice;
    return fail(meaning.status == AURELIS_E_FAILED ? aurelis_status{AURELIS_E_UNAVAILABLE} : meaning.status,
                std::move(text));
}

// Old servers repeat the arguments of a command that they do not know, so only the code of the answer is shown.
Result<void> Connection::read_login(const Login& login, const Deadline& deadline) {
    AURELIS_TRY(head, replies_.head(deadline));
    if (head.kind == Head::Kind::Status) return {};
    if (head.kind != Head::Kind::Error) return fail(AURELIS_E_UNAVAILABLE, "answers a login without a status");
    if (error_code(head.text) == "WRONGPASS" || head.text.find("invalid password") != std::string_view::npos)
        return fail(AURELIS_E_UNAVAILABLE, "WRONGPASS: it refuses the password of user '" +
                                               (login.username.empty() ? "default" : login.username) +
                                               "'; check 'username' and 'password'");
    if (head.text.find("without any password configured") != std::string_view::npos ||
        head.text.find("no password is set") != std::string_view::npos)
        return fail(AURELIS_E_UNAVAILABLE,
                    "it has no password, but one is configured; remove 'password' here or set one there");
    return fail(AURELIS_E_UNAVAILABLE,
                "it refuses the login (" + context_.settings.secrets.shown(error_code(head.text)) +
                    "); check 'username' and 'password', and that it supports users (since 6.0)");
}

Result<void> Connection::expect_ok(const char* what, const Deadline& deadline) {
    AURELIS_TRY(head, replies_.head(deadline));
    if (head.kind == Head::Kind::Status) return {};
    if (head.kind == Head::Kind::Error) return refused(what, head.text);
    return fail(AURELIS_E_UNAVAILABLE, std::string(what) + ": it gives an unexpected answer");
}

Result<void> Connection::read_role(const Deadline& deadline) {
    AURELIS_TRY(role, replies_.reply(kGreetingLimits, deadline));
    if (role.is(Reply::Kind::Error)) return refused("does not tell its role", role.text);
    const bool master = role.is(Reply::Kind::Array) && !role.items.empty() && role.items[0].text == "master";
    if (!master) return fail(AURELIS_E_UNAVAILABLE, "is not a master (yet), although a sentinel says so");
    return {};
}

// Of the errors in these answers only a demand for a password matters; a user without the right to ask is served
// without the facts.
Result<void> Connection::read_facts(int64_t asked_ns, const Deadline& deadline) {
    AURELIS_TRY(named, replies_.reply(kGreetingLimits, deadline));
    AURELIS_TRY(id, replies_.reply(kGreetingLimits, deadline));
    AURELIS_TRY(info, replies_.reply(kGreetingLimits, deadline));
    AURELIS_TRY(time, replies_.reply(kGreetingLimits, deadline));
    for (const Reply* one : {&named, &id, &info, &time}) {
        if (one->is(Reply::Kind::Error) && error_code(one->text) == "NOAUTH")
            return refused("wants a login", one->text);
    }
    if (info.is_text()) {
        const std::string_view run = field(info.text, "run_id");
        facts_.run = run.empty() ? 0 : digest_of(run);
        facts_.version = version_number(field(info.text, "redis_version"));
    }
    if (id.is(Reply::Kind::Integer)) facts_.client_id = id.number;
    set_clock(time, asked_ns);
    if (clock_.is_known()) compare_clocks(clock_.earliest_ms(mono_ns()), asked_ns);
    return {};
}

void Connection::set_clock(const Reply& time, int64_t asked_ns) {
    if (time.items.size() != 2) return;
    const int64_t ms = std::atoll(time.items[0].text.c_str()) * 1000 + std::atoll(time.items[1].text.c_str()) / 1000;
    if (ms > 0) clock_.set(ms, asked_ns);
}

Result<void> Connection::read_time(int64_t asked_ns, const Deadline& deadline) {
    AURELIS_TRY(time, replies_.reply(kGreetingLimits, deadline));
    set_clock(time, asked_ns);
    return {};
}

// Clock: compares the two wall clocks, on purpose, and warns once. Nothing here depends on their difference: lives are
// passed as the time that is left (write_steps.cpp), and their ends are judged by the hosts' clocks. But hosts whose
// clocks differ from each other by that much judge each other's entries wrongly.
void Connection::compare_clocks(int64_t server_ms, int64_t asked_ns) {
    const int64_t here_ms = context_.host.now_wall() / kMillisecond;
    const int64_t apart_ms = std::abs(server_ms - here_ms);
    if (apart_ms * kMillisecond <= kClocksApartNs + (mono_ns() - asked_ns)) return;
    if (context_.clocks_told.exchange(true)) return;
    const auto shown = [](int64_t ms) {
        const time_t seconds = ms / 1000;
        tm parts{};
        char text[32] = "?";
        if (gmtime_r(&seconds, &parts) != nullptr) strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
        return std::string(text);
    };
    context_.host.log(AURELIS_LOG_WARN, address_.text() + ": its clock shows " + shown(server_ms) + ", the one here " +
                                           shown(here_ms) +
                                           "; entries of hosts whose clocks differ end too soon or too late: "
                                           "have all of them set by NTP");
}

Result<void> Connection::send(const Deadline& deadline) {
    const Result<void> sent = request_.each_run([&](std::string_view run) { return send_run(run, deadline); });
    request_.clear();
    if (!sent) spoil();
    return sent;
}

// A server that is blocked on sending its answers would never take the rest of a long request: its answers are read
// meanwhile.
Result<void> Connection::send_run(std::string_view bytes, const Deadline& deadline) {
    while (!bytes.empty()) {
        AURELIS_TRY(sent, transport_->send_now(bytes));
        bytes.remove_prefix(sent);
        if (bytes.empty() || sent != 0) continue;
        AURELIS_TRY(readable, transport_->wait(true, deadline));
        if (!readable) continue;
        size_t room = 0;
        char* spare = replies_.spare(&room);
        if (room == 0) return fail(AURELIS_E_UNAVAILABLE, "the server answers more than was asked");
        AURELIS_TRY(got, transport_->receive_now(spare, room));
        replies_.filled(got);
    }
    return {};
}

void Connection::rest() {
    used_ = true;
    resting_since_ns_ = mono_ns();
    replies_.shrink();
}

}  // namespace aurelis::redis
