// Settings: reading the options, and refusing what does not go together.
#include "settings.hpp"

#include <aurelis/base/trusted_path.hpp>

#include <algorithm>

namespace aurelis::redis {

namespace {

constexpr uint16_t kRedisPort = 6379;
constexpr uint16_t kSentinelPort = 26379;

Result<std::vector<Address>> read_addresses(const plugin::Options& options, const char* name, uint16_t port) {
    std::vector<Address> found;
    const aurelis_node* list = options.find(name);
    if (list == nullptr) return found;
    const aurelis_config_api* api = options.api();
    for (size_t i = 0; i < api->count(list); ++i) {
        aurelis_bytes text{};
        const aurelis_node* item = api->at(list, i, nullptr);
        if (item == nullptr || api->as_string(item, nullptr, &text) != AURELIS_OK)
            return options.reject(name, "has an item that is not text; write host:port");
        const Result<Address> address = parse_address(view(text), port);
        if (!address) return options.reject(name, "has an item that " + address.error().message);
        found.push_back(address.value());
    }
    return found;
}

Result<void> read_place(const plugin::Options& options, Settings& settings) {
    const Result<Url> url = parse_url(options[kUrl]);
    if (!url) return options.reject("url", url.error().message);
    settings.address = url.value().address;
    settings.tls.on = url.value().tls;
    settings.login.username = options.text("username").value_or(url.value().username);
    settings.login.password = options.text("password").value_or(url.value().password);
    settings.database = options.integer("database").value_or(std::max<int64_t>(url.value().database, 0));
    if (!settings.login.username.empty() && settings.login.password.empty())
        return options.reject("username", "is given without a password; give 'password' too, or neither");
    AURELIS_TRY(sentinels, read_addresses(options, "sentinels", kSentinelPort));
    AURELIS_TRY(nodes, read_addresses(options, "nodes", kRedisPort));
    settings.sentinels = std::move(sentinels);
    settings.nodes = std::move(nodes);
    settings.sentinel_master = options[kSentinelMaster];
    settings.sentinel_login.username = options[kSentinelUsername];
    settings.sentinel_login.password = options[kSentinelPassword];
    settings.cluster = options[kCluster];
    settings.read_from_replicas = options[kReadFromReplicas];
    for (const Login* login : {&settings.login, &settings.sentinel_login}) settings.secrets.add(login->password);
    settings.secrets.add(url.value().password);
    return {};
}

Result<void> read_tls(const plugin::Options& options, TlsSettings& tls) {
    tls.ca = options[kTlsCa];
    tls.certificate = options[kTlsCert];
    tls.key = options[kTlsKey];
    tls.server_name = options[kTlsSni];
    tls.verify = options.boolean(kTlsVerify.name).value_or(true);  // If a host leaves it out, it is on.
    if (tls.certificate.empty() != tls.key.empty())
        return options.reject(tls.key.empty() ? "tls.cert" : "tls.key", "needs both 'tls.cert' and 'tls.key'");
    if (!tls.on && !(tls.ca + tls.certificate + tls.server_name).empty()) {
        const char* given = !tls.ca.empty() ? "tls.ca" : !tls.certificate.empty() ? "tls.cert" : "tls.sni";
        return options.reject(given, "is for TLS, and the url does not begin with rediss://; change one of them");
    }
    return {};
}

Result<void> check_together(const plugin::Options& options, const Settings& settings) {
    if (settings.cluster && !settings.sentinels.empty())
        return options.reject("sentinels", "do not go with a cluster; remove them or 'cluster'");
    if (settings.cluster && settings.database != 0)
        return options.reject(options.find("database") != nullptr ? "database" : "url",
                              "names a database other than 0, and a cluster has only that; remove it");
    if (settings.cluster && settings.address.is_unix())
        return options.reject("url", "is a unix socket, and a cluster is reached over TCP; name a node");
    if (settings.read_from_replicas && !settings.cluster)
        return options.reject("read_from_replicas", "needs 'cluster: true'; remove it");
    if (!settings.nodes.empty() && !settings.cluster)
        return options.reject("nodes", "are those of a cluster; set 'cluster: true' or remove them");
    if (int code = 0; settings.address.is_unix()) {
        // A server that is not running yet is an outage; a socket that others can replace is a mistake.
        const auto place = trusted_socket(settings.address.unix_path, &code);
        if (!place && code == 0)
            return options.reject("url", "names a socket that is not used: " + place.error().message);
    }
    if (settings.client_name.find_first_of(" \n\r\t") != std::string::npos)
        return options.reject("client_name", "holds white space, which Redis refuses; remove it");
    return {};
}

}  // namespace

Result<Settings> Settings::read(const plugin::Options& options) {
    Settings settings;
    AURELIS_TRY_VOID(read_place(options, settings));
    AURELIS_TRY_VOID(read_tls(options, settings.tls));
    settings.pool_max = static_cast<size_t>(options[kPoolMax]);
    settings.pool_idle = static_cast<size_t>(options[kPoolIdle]);
    settings.connect_timeout_ns = options[kConnectTimeout];
    settings.timeout_ns = options[kTimeout];
    settings.keep_alive_ns = options[kKeepAlive];
    const std::string coherence = options[kCoherence];
    settings.coherence = coherence == "tracking" ? Coherence::Tracking
                         : coherence == "none"   ? Coherence::None
                                                 : Coherence::PubSub;
    settings.channel = options.text("channel").value_or("aurelis.watch/1:" + std::to_string(settings.database));
    settings.prefix = options[kPrefix];
    settings.bare = options[kBare];
    settings.client_name = options[kClientName];
    AURELIS_TRY_VOID(check_together(options, settings));
    return settings;
}

std::string Settings::place() const {
    if (!sentinels.empty()) return "redis '" + sentinel_master + "' by Sentinel";
    return (cluster ? "redis cluster at " : "redis at ") + address.text();
}

}  // namespace aurelis::redis
