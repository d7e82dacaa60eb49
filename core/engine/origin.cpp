// SPDX-License-Identifier: Apache-2.0
#include "engine/origin.h"

#include <algorithm>
#include <charconv>

#include "engine/ip_address.h"
#include "util/printable.h"

namespace postbell::engine {
namespace {

constexpr std::size_t kMaxShown = 100;

// The text may be a stranger's, and the sentence goes to a log.
util::Problem problem(std::string_view text, std::string_view why) {
    std::string sentence("\"");
    sentence += util::printable(text, kMaxShown);
    if (text.size() > kMaxShown) sentence += "...";
    return {sentence.append("\" is not an origin such as https://host or https://host:port: ")
                .append(why)};
}

bool isHostCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower;
}

}  // namespace

std::string bracketed(const std::string& host) {
    if (host.find(':') == std::string::npos) return host;
    std::string text("[");
    return text.append(host).append(1, ']');
}

util::Result<Origin> Origin::parse(std::string_view text) {
    constexpr std::string_view kScheme = "https://";
    if (lowerCase(text.substr(0, kScheme.size())) != kScheme)
        return problem(text, "it does not begin with https://");
    std::string_view rest = text.substr(kScheme.size());
    if (rest.find('@') != rest.npos) return problem(text, "it names a user");
    if (rest.find_first_of("/?#") != rest.npos) return problem(text, "it has a path or a query");

    Origin origin;
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == rest.npos) return problem(text, "a bracket is not closed");
        origin.host = lowerCase(rest.substr(1, end - 1));
        const auto address = IpAddress::parse(origin.host);
        if (!address || !address->isV6())
            return problem(text, "what is in brackets is not an IPv6 address");
        origin.host = address->text();
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

std::string Origin::authority() const {
    std::string text = bracketed(host);
    if (port != 443) text.append(1, ':').append(std::to_string(port));
    return text;
}

}  // namespace postbell::engine
