// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace postbell::webpush {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::string_view kDefaultPort = "443";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

/// RFC 3986, 2: the characters that a URL has, without the fragment's.
bool isOfUrl(char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
}

bool isOfHost(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// "[...]", in the spelling that all spellings of the address share; empty for none.
std::string ipv6Host(std::string_view bracketed) {
    in6_addr address{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    const std::string inside(bracketed.substr(1, bracketed.size() - 2));
    if (inet_pton(AF_INET6, inside.c_str(), &address) != 1 ||
        inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr)
        return {};
    return std::string("[").append(text.data()).append("]");
}

/// Empty for a text that is no host.
std::string hostOf(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') return ipv6Host(text);
    std::string host = lowered(text);
    return std::all_of(host.begin(), host.end(), isOfHost) ? host : std::string();
}

bool isPort(std::string_view text) {
    unsigned port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    return error == std::errc() && stop == end && port > 0 && port < 65536 && text.front() != '0';
}

}  // namespace

std::optional<Endpoint> parseEndpoint(std::string_view url) {
    if (url.size() > kMaxEndpointBytes || lowered(url.substr(0, kScheme.size())) != kScheme ||
        !std::all_of(url.begin(), url.end(), isOfUrl))
        return std::nullopt;
    url.remove_prefix(kScheme.size());
    const std::size_t end = std::min(url.find_first_of("/?"), url.size());
    const std::string_view authority = url.substr(0, end);
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    const std::string host = hostOf(authority.substr(0, colon));
    if (host.empty()) return std::nullopt;

    Endpoint endpoint;
    endpoint.origin.append(kScheme).append(host);
    if (colon != authority.npos) {
        const std::string_view port = authority.substr(colon + 1);
        if (port.empty() || !isPort(port)) return std::nullopt;
        if (port != kDefaultPort) endpoint.origin.append(":").append(port);
    }
    if (end == url.size() || url[end] != '/') endpoint.path = "/";
    endpoint.path.append(url.substr(end));
    return endpoint;
}

}  // namespace postbell::webpush
