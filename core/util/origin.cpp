// SPDX-License-Identifier: Apache-2.0
#include "util/origin.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "util/http_syntax.h"
#include "util/printable.h"

namespace postbell::util {
namespace {

constexpr std::size_t kMaxShown = 100;
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

// The text may be a stranger's, and the sentence goes to a log.
Problem problem(std::string_view text, std::string_view why) {
    std::string sentence("\"");
    sentence += printable(text, kMaxShown);
    if (text.size() > kMaxShown) sentence += "...";
    return {sentence.append("\" is not an origin such as https://host or https://host:port: ")
                .append(why)};
}

bool isHostCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool hasScheme(std::string_view text, std::string_view scheme) {
    return lowerCase(text.substr(0, scheme.size())) == scheme;
}

std::uint16_t impliedPort(bool tls) {
    return tls ? 443 : 80;
}

/// The shortest spelling (RFC 5952); empty: the text is no IPv6 address.
std::string shortestV6(const std::string& text) {
    in6_addr address{};
    std::array<char, INET6_ADDRSTRLEN> shortest{};
    if (text.find('\0') != text.npos || ::inet_pton(AF_INET6, text.c_str(), &address) != 1 ||
        ::inet_ntop(AF_INET6, &address, shortest.data(), shortest.size()) == nullptr)
        return {};
    return shortest.data();
}

/// `rest`: of `text`, behind the scheme.
Result<Origin> parseRest(std::string_view text, std::string_view rest, bool tls) {
    if (rest.find('@') != rest.npos) return problem(text, "it names a user");
    if (rest.find_first_of("/?#") != rest.npos) return problem(text, "it has a path or a query");

    Origin origin;
    origin.tls = tls;
    origin.port = impliedPort(tls);
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == rest.npos) return problem(text, "a bracket is not closed");
        origin.host = shortestV6(lowerCase(rest.substr(1, end - 1)));
        if (origin.host.empty()) return problem(text, "the text in brackets is no IPv6 address");
        rest.remove_prefix(end + 1);
    } else {
        const auto end = std::min(rest.find(':'), rest.size());
        origin.host = lowerCase(rest.substr(0, end));
        rest.remove_prefix(end);
        if (!std::all_of(origin.host.begin(), origin.host.end(), isHostCharacter))
            return problem(text, "the host has a character that host names do not have");
    }
    if (origin.host.empty()) return problem(text, "the host is missing");
    if (rest.empty()) return origin;

    if (rest.front() != ':') return problem(text, "something else than a port follows the host");
    rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), origin.port);
    if (error != std::errc() || end != rest.data() + rest.size() || origin.port == 0)
        return problem(text, "the port is not a number from 1 to 65535");
    return origin;
}

}  // namespace

std::string bracketed(const std::string& host) {
    if (host.find(':') == std::string::npos) return host;
    std::string text("[");
    return text.append(host).append(1, ']');
}

Result<Origin> Origin::parse(std::string_view text) {
    if (!hasScheme(text, kHttps)) return problem(text, "it does not begin with https://");
    return parseRest(text, text.substr(kHttps.size()), true);
}

Result<Origin> Origin::parseAny(std::string_view text) {
    if (hasScheme(text, kHttp)) return parseRest(text, text.substr(kHttp.size()), false);
    return parse(text);
}

std::string Origin::authority() const {
    std::string text = bracketed(host);
    if (port != impliedPort(tls)) text.append(1, ':').append(std::to_string(port));
    return text;
}

std::string Origin::text() const {
    return std::string(tls ? kHttps : kHttp).append(authority());
}

}  // namespace postbell::util
