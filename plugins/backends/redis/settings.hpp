// Settings: the options of redis in YAML, and their values as plain members. Leaves to others: checking types and
// ranges (the core does, from the declarations here), and reading the files of TLS (tls.hpp).
#pragma once

#include "address.hpp"
#include "secrets.hpp"

#include <aurelis/plugin/store.hpp>

#include <array>
#include <string>
#include <vector>

namespace aurelis::redis {

enum class Coherence { PubSub, Tracking, None };

struct Login {
    std::string username;
    std::string password;
};

struct TlsSettings {
    bool on = false;
    bool verify = true;
    std::string ca;           // Empty: the system's.
    std::string certificate;  // Of the client; empty: none.
    std::string key;
    std::string server_name;  // Empty: the host that is connected to.
};

struct Settings {
    Address address;
    std::vector<Address> nodes;  // Of a cluster: more places to ask for the slot map.
    std::vector<Address> sentinels;
    std::string sentinel_master;
    Login login;
    Login sentinel_login;
    int64_t database = 0;
    TlsSettings tls;
    bool cluster = false;
    bool read_from_replicas = false;
    size_t pool_max = 0;
    size_t pool_idle = 0;
    int64_t connect_timeout_ns = 0;
    int64_t timeout_ns = 0;
    int64_t keep_alive_ns = 0;
    Coherence coherence = Coherence::PubSub;
    std::string channel;
    std::string prefix;  // Of the keys that tracking follows.
    bool bare = false;
    std::string client_name;
    Secrets secrets;

    static Result<Settings> read(const plugin::Options& options);
    // What is connected to, for messages: "redis at host:port", "redis 'mymaster' by Sentinel".
    std::string place() const;
};

using plugin::BoolOption;
using plugin::DurationOption;
using plugin::IntOption;
using plugin::Option;
using plugin::PathOption;
using plugin::TextOption;

inline constexpr auto kUrl =
    TextOption("url",
           "Where Redis is: redis://, rediss:// (TLS) or unix://, with user, password and database if wished; "
           "with sentinels only its scheme, user and database count.")
        .or_else("redis://127.0.0.1:6379")
        .secret();
inline constexpr auto kUsername = TextOption("username", "ACL user; wins over the one in the url.");
inline constexpr auto kPassword =
    TextOption("password", "Password of the user; wins over the one in the url.").secret();
inline constexpr auto kDatabase =
    IntOption("database", "Number of the database; wins over the one in the url; a cluster has only 0.")
        .at_least("0");
inline constexpr auto kTlsCa =
    PathOption("tls.ca", "PEM file of the authorities to trust; the system's if absent.");
inline constexpr auto kTlsCert = PathOption("tls.cert", "PEM file of the client's certificate chain.");
inline constexpr auto kTlsKey = PathOption("tls.key", "PEM file of the client's private key.");
inline constexpr auto kTlsSni =
    TextOption("tls.sni",
           "Name to ask for and to find in the server's certificate; the host that is connected to if absent.");
inline constexpr auto kTlsVerify =
    BoolOption("tls.verify", "Whether the server's certificate and name are checked.").or_else("true");
inline constexpr auto kSentinels =
    Option(AURELIS_OPT_STRING, "sentinels", "Sentinels as host:port; they say which server is the master.").list();
inline constexpr auto kSentinelMaster =
    TextOption("sentinel_master", "Name under which the sentinels know the master.")
        .or_else("mymaster");
inline constexpr auto kSentinelUsername =
    TextOption("sentinel_username", "ACL user for the sentinels themselves.");
inline constexpr auto kSentinelPassword =
    TextOption("sentinel_password", "Password for the sentinels themselves.").secret();
inline constexpr auto kCluster =
    BoolOption("cluster", "Whether the url names a node of a Redis Cluster.").or_else("false");
inline constexpr auto kNodes =
    Option(AURELIS_OPT_STRING, "nodes",
           "More nodes of the cluster as host:port, asked for the slot map if the url's is away.")
        .list();
inline constexpr auto kReadFromReplicas =
    BoolOption("read_from_replicas",
           "Whether a cluster's replicas may answer gets; they lag, so a get may miss the newest write.")
        .or_else("false");
inline constexpr auto kPoolMax =
    IntOption("pool.max", "Most connections to one server; calls beyond wait within their deadline.")
        .or_else("16")
        .at_least("1")
        .at_most("1024");
inline constexpr auto kPoolIdle =
    IntOption("pool.idle", "Connections that are kept open while nobody uses them.")
        .or_else("8")
        .at_least("0")
        .at_most("1024");
inline constexpr auto kConnectTimeout =
    DurationOption("connect_timeout",
           "How long name resolution, connecting, TLS and login may take together; a call's deadline shortens it.")
        .or_else("1s")
        .at_least("1ms");
inline constexpr auto kTimeout =
    DurationOption("timeout", "How long a call may take that brings no deadline of its own.")
        .or_else("1s")
        .at_least("1ms");
inline constexpr auto kKeepAlive =
    DurationOption("keep_alive",
           "How often a silent subscription is asked for a sign of life; idle connections are probed by the kernel.")
        .or_else("1s")
        .at_least("10ms");
inline constexpr auto kCoherence =
    TextOption("coherence",
           "How processes tell each other which keys they have changed: messages on a channel, the server's client "
           "tracking, or not at all.")
        .or_else("pubsub")
        .one_of("pubsub|tracking|none");
inline constexpr auto kChannel =
    TextOption("channel",
           "Channel of the messages; aurelis.watch/1:<database> if absent. Processes that share keys share it.");
inline constexpr auto kPrefix =
    TextOption("prefix", "With tracking: follow only keys that begin so; all keys if absent.");
inline constexpr auto kBare =
    BoolOption("bare",
           "Whether the values are shared with programs that do not know aurelis: nothing but the bare value is stored "
           "and a removal deletes.")
        .or_else("false")
        .bare();
inline constexpr auto kClientName =
    TextOption("client_name", "Name that the connections bear in the server's CLIENT LIST.")
        .or_else("aurelis");

inline constexpr std::array<const aurelis_option*, 26> kRedisOptions{&kUrl,
                                                                     &kUsername,
                                                                     &kPassword,
                                                                     &kDatabase,
                                                                     &kTlsCa,
                                                                     &kTlsCert,
                                                                     &kTlsKey,
                                                                     &kTlsSni,
                                                                     &kTlsVerify,
                                                                     &kSentinels,
                                                                     &kSentinelMaster,
                                                                     &kSentinelUsername,
                                                                     &kSentinelPassword,
                                                                     &kCluster,
                                                                     &kNodes,
                                                                     &kReadFromReplicas,
                                                                     &kPoolMax,
                                                                     &kPoolIdle,
                                                                     &kConnectTimeout,
                                                                     &kTimeout,
                                                                     &kKeepAlive,
                                                                     &kCoherence,
                                                                     &kChannel,
                                                                     &kPrefix,
                                                                     &kBare,
                                                                     &kClientName};

}  // namespace aurelis::redis
