// The backend redis and access control: TLS with good and bad certificates, users and passwords, and that no password
// is ever shown.
#include "redis_bench.hpp"
#include "support/catch.hpp"
#include "support/folder.hpp"
#include "support/redis/child_process.hpp"
#include "support/redis/temp_folder.hpp"
#include "support/redis/test_certificates.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

using namespace redis_test;
using aurelis::rig::ChildProcess;
using aurelis::rig::TempFolder;
using aurelis::rig::TestCertificates;

namespace {

constexpr const char* kPortForChild = "AURELIS_TEST_REDIS_PORT";
constexpr milliseconds kPatience{30'000};

const TestCertificates& certificates() { return TestCertificates::shared(); }

OptionValues over_tls(const RedisServer& server, const std::string& host = "127.0.0.1") {
    return {{"url", "rediss://" + host + ":" + std::to_string(server.port())}, {"tls.ca", certificates().ca()}};
}

RedisOptions with_tls(const std::string& certificate = "") {
    RedisOptions options;
    options.tls = true;
    options.tls_certificate = certificate;
    return options;
}

// Whether the text is in anything that the plugin has reported.
bool says(Store& store, const std::string& text) {
    bool said = store->last_error().find(text) != std::string::npos;
    for (const std::string& line : store.host.log_lines()) said = said || line.find(text) != std::string::npos;
    for (const auto& [name, value] : store->stats()) said = said || name.find(text) != std::string::npos;
    return said;
}

void is_refused(const OptionValues& options, const std::string& why) {
    Store store(options);
    CHECK(store->get("key").status == AURELIS_E_UNAVAILABLE);
    INFO(store->last_error());
    CHECK(store->last_error().find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("redis speaks TLS with a server whose certificate is good") {
    RedisServer server(with_tls());
    for (const char* host : {"127.0.0.1", "localhost"}) {
        Store store(over_tls(server, host));
        REQUIRE(store->set("key", std::string(3'000'000, 'x')) == AURELIS_OK);
        CHECK(store->get("key").is(std::string(3'000'000, 'x')));
        CHECK(store->remove("key") == AURELIS_OK);
        CHECK(store->stats().at("connects") == 1);
    }
}

TEST_CASE("redis refuses a server whose certificate is not what it has to be") {
    SECTION("signed by somebody else") {
        RedisServer server(with_tls());
        OptionValues options = over_tls(server);
        options[1].second = certificates().other_ca();
        is_refused(options, "certificate is refused");
    }
    SECTION("for another name") {
        RedisServer server(with_tls(certificates().wrong_host_certificate()));
        is_refused(over_tls(server, "localhost"), "certificate is refused");
        OptionValues named = over_tls(server);
        named.emplace_back("tls.sni", "other.example");
        Store store(named);
        CHECK(store->set("key", "value") == AURELIS_OK);
    }
    SECTION("over since long") {
        RedisServer server(with_tls(certificates().expired_certificate()));
        is_refused(over_tls(server), "expired");
        OptionValues careless = over_tls(server);
        careless.emplace_back("tls.verify", "false");
        Store store(careless);
        CHECK(store->set("key", "value") == AURELIS_OK);
    }
    SECTION("none at all: the server speaks no TLS") {
        RedisServer server;
        is_refused(over_tls(server), "TLS");
    }
}

TEST_CASE("redis reaches a socket whose path holds a space, as it is or as %20") {
    RedisServer server;
    const std::string path = server.folder() + "/so%ck et";
    REQUIRE(symlink(server.unix_endpoint().unix_path.c_str(), path.c_str()) == 0);
    for (const char* end : {"/so%25ck et", "/so%25ck%20et"}) {
        Store store({{"url", "unix://" + server.folder() + end}});
        CHECK(store->set("key", "value") == AURELIS_OK);
    }
}

TEST_CASE("redis shows a certificate of its own where the server wants one") {
    RedisOptions server_options = with_tls();
    server_options.tls_client_certificate = true;
    RedisServer server(server_options);
    Store without(over_tls(server));
    CHECK(without->get("key").status == AURELIS_E_UNAVAILABLE);
    OptionValues options = over_tls(server);
    options.emplace_back("tls.cert", certificates().client_certificate());
    options.emplace_back("tls.key", certificates().client_key());
    Store store(options);
    CHECK(store->set("key", "value") == AURELIS_OK);
}

TEST_CASE("redis says at the start which file of TLS is wrong, and why") {
    const aurelis::test::Folder folder;
    const auto why = [](const char* option, const std::string& path) {
        OptionValues options{{"url", "rediss://localhost"}};
        if (std::string_view(option) != "tls.ca") {
            options.emplace_back("tls.cert", certificates().client_certificate());
            options.emplace_back("tls.key", certificates().client_key());
            std::erase_if(options, [&](const auto& each) { return each.first == option; });
        }
        options.emplace_back(option, path);
        return aurelis::test::refusal_of("redis", options);
    };
    const std::string closed_key = folder / "closed.pem";
    REQUIRE(std::system(("openssl pkey -aes128 -passout pass:secret -in " + certificates().client_key() + " -out " +
                         closed_key + " 2>/dev/null").c_str()) == 0);
    folder.write("rubbish.pem", "this is not PEM");
    folder.write("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    for (const char* option : {"tls.ca", "tls.cert", "tls.key"}) {
        INFO(option);
        CHECK(
            why(option, "/nowhere/x.pem").find(std::string("option '") + option + "': /nowhere/x.pem cannot be read") ==
            0);
        CHECK(why(option, folder.path()).find("is not a regular file") != std::string::npos);
        CHECK(why(option, folder / "rubbish.pem").find("holds no readable PEM") != std::string::npos);
        CHECK(why(option, folder / "cut.pem").find("holds no readable PEM") != std::string::npos);
        folder.write("open.pem", "anything", 0666);
        CHECK(why(option, folder / "open.pem").find("can be written by others; run: chmod go-w") != std::string::npos);
    }
    CHECK(why("tls.key", closed_key).find("without a password") != std::string::npos);
    CHECK(why("tls.key", certificates().server_key()).find("fits the certificate") != std::string::npos);
}

TEST_CASE("redis takes the authorities and the chain that stand in one file each") {
    const aurelis::test::Folder folder;
    RedisOptions server_options = with_tls();
    server_options.tls_client_certificate = true;
    RedisServer server(server_options);
    using aurelis::test::contents_of;
    folder.write("chain.pem", contents_of(certificates().client_certificate()) + contents_of(certificates().ca()));
    folder.write("all.pem", contents_of(certificates().client_certificate()) + "words between\n" +
                                contents_of(certificates().ca()));
    Store store({{"url", "rediss://localhost:" + std::to_string(server.port())}, {"tls.ca", folder / "all.pem"},
                 {"tls.cert", folder / "chain.pem"}, {"tls.key", certificates().client_key()}});
    CHECK(store->set("key", "value") == AURELIS_OK);
}

TEST_CASE("redis goes over a socket that only its service and we can put there") {
    if (geteuid() != 0) return;  // Folders are given away.
    RedisServer server;
    const std::string theirs = server.folder() + "/service", open = server.folder() + "/open";
    const auto socket_in = [&](const std::string& folder) { return folder + "/redis.sock"; };
    const auto url = [&](const std::string& folder) { return OptionValues{{"url", "unix://" + socket_in(folder)}}; };
    // The server's own socket, under another name.
    for (const std::string& folder : {theirs, open}) {
        REQUIRE(mkdir(folder.c_str(), 0755) == 0);
        REQUIRE(link(server.unix_endpoint().unix_path.c_str(), socket_in(folder).c_str()) == 0);
    }
    REQUIRE(lchown(theirs.c_str(), 65533, 65533) == 0);
    REQUIRE(chmod(theirs.c_str(), 02775) == 0);
    Store store(url(theirs));
    CHECK(store->set("key", "value") == AURELIS_OK);

    REQUIRE(chmod(open.c_str(), 0777) == 0);
    CHECK(aurelis::test::refusal_of("redis", url(open)).find("names a socket that is not used: the folder " + open +
                                                             " can be written by others; run: chmod go-w " + open) !=
          std::string::npos);
    REQUIRE(chmod(open.c_str(), 01777) == 0);
    {
        Store sticky(url(open));
        CHECK(sticky->get("key").status == AURELIS_OK);
        REQUIRE(lchown(socket_in(open).c_str(), 65533, 65533) == 0);  // As if another user had put it there.
    }
    CHECK(aurelis::test::refusal_of("redis", url(open))
              .find("the socket " + socket_in(open) + " belongs to another user (uid 65533)") != std::string::npos);
}

TEST_CASE("redis looks at its socket anew with each connection") {
    if (geteuid() != 0) return;
    RedisServer server;
    const std::string folder = server.folder() + "/later";
    Store store({{"url", "unix://" + folder + "/redis.sock"}});
    CHECK(store->get("key").status == AURELIS_E_UNAVAILABLE);  // Not there yet.
    REQUIRE(mkdir(folder.c_str(), 0700) == 0);
    REQUIRE(link(server.unix_endpoint().unix_path.c_str(), (folder + "/redis.sock").c_str()) == 0);
    REQUIRE(chmod(folder.c_str(), 0777) == 0);
    CHECK(wait_until([&] { return store->get("key").status < 0 && says(store, "can be written by others"); },
                     milliseconds(30'000)));
    REQUIRE(chmod(folder.c_str(), 0700) == 0);
    CHECK(wait_until([&] { return store->get("key").status == AURELIS_NOT_FOUND; }, milliseconds(30'000)));
}

TEST_CASE("redis logs in, with a password and as a user, and never tells either password") {
    const std::string secret = "hunter2-Pa:ss@word";
    RedisOptions server_options;
    server_options.password = "hunter2-default";
    server_options.users = {"alice on >" + secret + " ~* &* +@all",
                            "bob on >hunter2-bobs ~allowed:* &* +@all -eval -evalsha"};
    RedisServer server(server_options);
    const std::string port = std::to_string(server.port());
    SECTION("the right ones") {
        for (const OptionValues& options : {OptionValues{{"username", "alice"}, {"password", secret}},
                                            OptionValues{{"password", "hunter2-default"}}}) {
            Store store(server.endpoint(), options);
            CHECK(store->set("key", "value") == AURELIS_OK);
            CHECK_FALSE(says(store, options.back().second));
        }
        Store by_url({{"url", "redis://alice:hunter2-Pa%3Ass%40word@127.0.0.1:" + port + "/2"}});
        CHECK(by_url->set("in database two", "value") == AURELIS_OK);
        CHECK(server.must({"EXISTS", "in database two"}).integer == 0);
        CHECK_FALSE(says(by_url, secret));
        CHECK_FALSE(says(by_url, "hunter2-Pa%3Ass"));
    }
    SECTION("a wrong one") {
        Store store(server.endpoint(), {{"username", "alice"}, {"password", "hunter2-wrong"}});
        CHECK(store->set("key", "value") == AURELIS_E_UNAVAILABLE);
        CHECK(says(store, "WRONGPASS"));
        CHECK_FALSE(says(store, "hunter2-wrong"));
    }
    SECTION("none, where one is wanted") {
        Store store(server.endpoint());
        CHECK(store->get("key").status == AURELIS_E_UNAVAILABLE);
        CHECK(says(store, "password"));
    }
    SECTION("of a user who may not do all") {
        Store store(server.endpoint(), {{"username", "bob"}, {"password", "hunter2-bobs"}});
        CHECK(store->set("allowed:1", "value") == AURELIS_OK);
        CHECK(store->set("other", "value") == AURELIS_E_UNSUPPORTED);
        CHECK(says(store, "ACL SETUSER"));
        CHECK(store->remove("allowed:1") == AURELIS_E_UNSUPPORTED);
        CHECK(store->get("allowed:1").is("value"));
    }
}

TEST_CASE("redis says that it cannot announce what it has written") {
    RedisOptions options;
    options.users = {"quiet on >hunter2-quiet ~* resetchannels +@all"};
    RedisServer server(options);
    Store store(server.endpoint(), {{"username", "quiet"}, {"password", "hunter2-quiet"}});
    CHECK(store->set("key", "value") == AURELIS_OK);
    CHECK(store->get("key").is("value"));
    CHECK(store->stats().at("announcement_failures") == 1);
    CHECK(says(store, "cannot be announced"));
}

TEST_CASE("redis does not repeat what a server says of a password") {
    RedisServer server;
    FaultProxy proxy(server.endpoint());
    const std::string secret = "hunter2-and-more";
    proxy.answer("AUTH", "-ERR unknown command `AUTH`, with args beginning with: `" + secret + "`, \r\n");
    proxy.answer("GET", "-ERR your password is " + secret + "\r\n");
    Store refused(proxy.endpoint(), {{"password", secret}});
    CHECK(refused->get("key").status == AURELIS_E_UNAVAILABLE);
    CHECK_FALSE(says(refused, secret));
    CHECK(says(refused, "refuses the login"));
    proxy.answer("AUTH", "+OK\r\n");
    Store told(proxy.endpoint(), {{"password", secret}});
    CHECK(told->get("key").status == AURELIS_E_FAILED);
    CHECK(says(told, "***"));
    CHECK_FALSE(says(told, secret));
}

// A process of its own, not a fork of a test with threads: ThreadSanitizer lets no such fork start a thread.
TEST_CASE("part of the next case: a store in a process without standard descriptors", "[.no_standard]") {
    for (const int standard : {0, 1, 2}) close(standard);
    int wrong = 0;
    {
        Store store(Endpoint::tcp(static_cast<uint16_t>(std::stoi(std::getenv(kPortForChild)))));
        if (store->set("key", "value") != AURELIS_OK) wrong = 1;
        if (!wait_until([&] { return store->stats().at("subscribed") == 1; }, kPatience)) wrong = 2;
        for (const int standard : {0, 1, 2})
            if (fcntl(standard, F_GETFD) >= 0) wrong = 3;
        for (int other = 3; other < 256; ++other) {
            struct stat what {};
            if (fstat(other, &what) != 0 || !S_ISSOCK(what.st_mode)) continue;
            if ((fcntl(other, F_GETFD) & FD_CLOEXEC) == 0) wrong = 4;
        }
    }
    _exit(wrong);
}

TEST_CASE("redis never has a descriptor below 3, nor one that exec keeps") {
    RedisServer server;
    TempFolder folder;
    setenv(kPortForChild, std::to_string(server.port()).c_str(), 1);
    ChildProcess child({"/proc/self/exe", "[.no_standard]"}, folder.file("output"));
    const auto status = child.await_exit(2 * kPatience);
    REQUIRE(status);
    REQUIRE(WIFEXITED(*status));
    CHECK(WEXITSTATUS(*status) == 0);
}

TEST_CASE("redis refuses options that do not go together, and shows no password in doing so") {
    const auto refusal = [](const OptionValues& options) { return aurelis::test::refusal_of("redis", options); };
    CHECK(refusal({{"url", "http://x:hunter2@y"}}).find("redis://") != std::string::npos);
    for (const char* url : {"http://u:hunter2@y", "redis://u:hunter2@", "redis://u:hunter2@h:99999",
                            "redis://u:hunter2%zz@h", "redis://u:hunter2@h/one", "unix://u:hunter2@relative",
                            "redis://u:hunter2/hunter2@h", "unix://u:hunter2/hunter2@/s", "redis://u:hunter2@h?db=1",
                            "redis://u:hunter2@h:1:2", "unix://u:hunter2@/s%00", "unix://u:hunter2@/s%2", "",
                            "redis://", "redis:///0", "redis://u:hunter2@[::1", "redis://u:hunter2@[::1]x"}) {
        INFO(url);
        CHECK_FALSE(refusal({{"url", url}}).empty());
        CHECK(refusal({{"url", url}}).find("hunter2") == std::string::npos);
    }
    CHECK(refusal({{"url", "redis://::1"}}).find("brackets") != std::string::npos);
    CHECK(refusal({{"url", "redis://fe80::1:6379/0"}}).find("brackets") != std::string::npos);
    CHECK(refusal({{"sentinels", "::1"}}).find("brackets") != std::string::npos);
    CHECK(refusal({{"cluster", "true"}, {"nodes", "::1:7000"}}).find("brackets") != std::string::npos);
    CHECK(refusal({{"url", "redis://u:hunter2/3@h"}}).find("%2F") != std::string::npos);
    CHECK(refusal({{"cluster", "true"}, {"url", "redis://h/3"}}).find("cluster") != std::string::npos);
    CHECK(refusal({{"cluster", "true"}, {"database", "1"}}).find("database") != std::string::npos);
    CHECK(refusal({{"cluster", "true"}, {"sentinels", "a:1"}}).find("sentinels") != std::string::npos);
    CHECK(refusal({{"sentinels", "a:b"}}).find("port") != std::string::npos);
    CHECK(refusal({{"tls.ca", "/x"}}).find("rediss://") != std::string::npos);
    CHECK(refusal({{"url", "rediss://h"}, {"tls.cert", "/x"}}).find("tls.key") != std::string::npos);
    CHECK(refusal({{"read_from_replicas", "true"}}).find("cluster") != std::string::npos);
    CHECK(refusal({{"username", "u"}}).find("password") != std::string::npos);
}
