// Address: parsing URLs and host:port.
#include "address.hpp"

#include <charconv>

namespace aurelis::redis {

namespace {

constexpr uint16_t kRedisPort = 6379;

template <typename Number>
bool parse_number(std::string_view text, Number& out) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) return fail(AURELIS_E_CONFIG, "has a '%' that two hex digits do not follow; write '%25' for '%'");
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

// Removes "user:password@" from the front of text; the last @ counts, as passwords may contain one. A slash ends the
// part of the URL that they are in, so one in a password has to be escaped.
Result<void> take_user(std::string_view& text, Url& url) {
    const size_t at = text.substr(0, text.find('/')).rfind('@');
    if (at == std::string_view::npos) {
        const size_t slash = text.find('/');
        if (slash != 0 && slash != std::string_view::npos && text.find('@', slash) != std::string_view::npos)
            return fail(AURELIS_E_CONFIG, "has a '/' before its '@'; in a user name or a password write '%2F' for '/'");
        return {};
    }
    const std::string_view who = text.substr(0, at);
    const size_t colon = who.find(':');
    AURELIS_TRY(name, percent_decoded(who.substr(0, colon)));
    url.username = std::move(name);
    if (colon != std::string_view::npos) {
        AURELIS_TRY(password, percent_decoded(who.substr(colon + 1)));
        url.password = std::move(password);
    }
    text.remove_prefix(at + 1);
    return {};
}

Result<void> take_database(std::string_view text, Url& url) {
    if (text.empty()) return {};
    if (!parse_number(text, url.database) || url.database < 0)
        return fail(AURELIS_E_CONFIG, "names a database that is not a number; end it with '/0' or leave it out");
    return {};
}

Result<Url> parse_unix(std::string_view rest, Url url) {
    AURELIS_TRY_VOID(take_user(rest, url));
    const size_t question = rest.find('?');
    if (question != std::string_view::npos) {
        const std::string_view query = rest.substr(question + 1);
        if (query.substr(0, 3) != "db=") return fail(AURELIS_E_CONFIG, "has a query other than '?db=N'; remove it");
        AURELIS_TRY_VOID(take_database(query.substr(3), url));
        rest = rest.substr(0, question);
    }
    if (rest.empty() || rest.front() != '/')
        return fail(AURELIS_E_CONFIG, "does not name an absolute path; write unix:///path/of/the/socket");
    AURELIS_TRY(path, percent_decoded(rest));
    if (path.size() > 107)
        return fail(AURELIS_E_CONFIG, "names a socket whose path is longer than 107 bytes; shorten it");
    if (path.find('\0') != std::string::npos)
        return fail(AURELIS_E_CONFIG, "names a socket whose path holds a zero byte; remove the '%00'");
    url.address.unix_path = std::move(path);
    return url;
}

}  // namespace

std::string Address::text() const {
    if (is_unix()) return "unix:" + unix_path;
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text, uint16_t port_if_none) {
    Address address;
    address.port = port_if_none;
    std::string_view port;
    if (!text.empty() && text.front() == '[') {
        const size_t end = text.find(']');
        if (end == std::string_view::npos) return fail(AURELIS_E_CONFIG, "opens a '[' that is not closed");
        address.host = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (!text.empty() && text.front() != ':') return fail(AURELIS_E_CONFIG, "has text between ']' and ':'");
        port = text.empty() ? text : text.substr(1);
    } else {
        const size_t colon = text.find(':');
        if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos)
            return fail(AURELIS_E_CONFIG,
                        "has more than one ':' after the user; put an IPv6 address in brackets: [::1]:6379");
        address.host = text.substr(0, colon);
        if (colon != std::string_view::npos) port = text.substr(colon + 1);
    }
    if (address.host.empty()) return fail(AURELIS_E_CONFIG, "names no host; write host:port");
    if (address.host.find_first_of(std::string_view(" \t\r\n/?#@[]\0", 10)) != std::string::npos)
        return fail(AURELIS_E_CONFIG, "has a host with a character that host names cannot contain; write host:port");
    if (!port.empty() && (!parse_number(port, address.port) || address.port == 0))
        return fail(AURELIS_E_CONFIG, "has a port that is not a number from 1 to 65535");
    return address;
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    const size_t mark = text.find("://");
    const std::string_view scheme = text.substr(0, mark);
    if (mark == std::string_view::npos || (scheme != "redis" && scheme != "rediss" && scheme != "unix"))
        return fail(AURELIS_E_CONFIG, "does not begin with redis://, rediss:// or unix://");
    std::string_view rest = text.substr(mark + 3);
    if (scheme == "unix") return parse_unix(rest, std::move(url));
    url.tls = scheme == "rediss";
    AURELIS_TRY_VOID(take_user(rest, url));
    const size_t slash = rest.find('/');
    if (slash != std::string_view::npos) {
        AURELIS_TRY_VOID(take_database(rest.substr(slash + 1), url));
        rest = rest.substr(0, slash);
    }
    AURELIS_TRY(address, parse_address(rest, kRedisPort));
    url.address = std::move(address);
    return url;
}

}  // namespace aurelis::redis
