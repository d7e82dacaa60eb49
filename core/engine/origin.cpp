// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "engine/pool.h"

namespace postbell::engine {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw std::invalid_argument(
        "\"" + std::string(text) +
        "\" is not an origin such as https://host or https://host:port: " + std::string(why));
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

Origin Origin::parse(std::string_view text) {
    constexpr std::string_view kScheme = "https://";
    if (lowerCase(text.substr(0, kScheme.size())) != kScheme)
        refuse(text, "it does not begin with https://");
    std::string_view rest = text.substr(kScheme.size());
    if (rest.find('@') != rest.npos) refuse(text, "it names a user");
    if (rest.find_first_of("/?#") != rest.npos) refuse(text, "it has a path or a query");

    Origin origin;
    if (rest.starts_with('[')) {
        const auto end = rest.find(']');
        if (end == rest.npos) refuse(text, "a bracket is not closed");
        origin.host = lowerCase(rest.substr(1, end - 1));
        boost::system::error_code error;
        boost::asio::ip::make_address_v6(origin.host, error);
        if (error) refuse(text, "what is in brackets is not an IPv6 address");
        rest.remove_prefix(end + 1);
    } else {
        const auto end = std::min(rest.find(':'), rest.size());
        origin.host = lowerCase(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    if (origin.host.empty()) refuse(text, "the host is missing");
    if (origin.host.find(':') == std::string::npos &&
        !std::all_of(origin.host.begin(), origin.host.end(), isHostCharacter))
        refuse(text, "the host has a character that host names do not have");
    if (rest.empty()) return origin;

    if (rest.front() != ':') refuse(text, "something else than a port follows the host");
    rest.remove_prefix(1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), origin.port);
    if (error != std::errc() || end != rest.data() + rest.size() || origin.port == 0)
        refuse(text, "the port is not a number from 1 to 65535");
    return origin;
}

std::string Origin::authority() const {
    std::string text = bracketed(host);
    if (port != 443) text.append(1, ':').append(std::to_string(port));
    return text;
}

}  // namespace postbell::engine
