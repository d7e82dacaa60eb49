// SPDX-License-Identifier: Apache-2.0
#include "config/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace postbell::config {
namespace {

bool isIp(const std::string& host, int family) {
    std::array<unsigned char, sizeof(in6_addr)> binary{};
    return ::inet_pton(family, host.c_str(), binary.data()) == 1;
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    if (text.empty() || text.size() > 5) return std::nullopt;
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc() || stop != end) return std::nullopt;
    return port;
}

bool isHostName(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    return std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

/// Splits "host:port" and "[v6]:port"; the brackets stay with the host.
std::pair<std::string_view, std::optional<std::string_view>> splitPort(std::string_view text) {
    const std::size_t from = text.starts_with('[') ? text.find(']') : 0;
    const std::size_t colon = from == text.npos ? text.npos : text.find(':', from);
    if (colon == text.npos) return {text, std::nullopt};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string_view withoutBrackets(std::string_view host) {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        return host.substr(1, host.size() - 2);
    return host;
}

}  // namespace

std::optional<ListenAddress> parseListenAddress(std::string_view text) {
    const auto [host, port_text] = splitPort(text);
    const auto port = port_text ? parsePort(*port_text) : std::nullopt;
    if (!port) return std::nullopt;
    ListenAddress address{std::string(withoutBrackets(host)), *port, false};
    const bool bracketed = address.host.size() != host.size();
    if (address.host == "localhost" && !bracketed) address.host = "127.0.0.1";
    if (!isIp(address.host, bracketed ? AF_INET6 : AF_INET)) return std::nullopt;
    address.any = address.host.find_first_not_of("0:.") == std::string::npos;
    return address;
}

std::optional<HttpUrl> parseHttpUrl(std::string_view text) {
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == text.npos) return std::nullopt;
    const std::size_t end = std::min(text.find_first_of("/?#", scheme_end + 3), text.size());
    const auto origin = util::Origin::parseAny(text.substr(0, end));
    if (!origin) return std::nullopt;
    const bool is_v6 = origin->host.find(':') != std::string::npos;
    if (!is_v6 && !isHostName(origin->host)) return std::nullopt;
    HttpUrl url{*origin, false, std::string(text.substr(end))};
    url.port_given =
        splitPort(text.substr(scheme_end + 3, end - scheme_end - 3)).second.has_value();
    const bool control = std::any_of(url.path.begin(), url.path.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    });
    if (control) return std::nullopt;
    return url;
}

bool isLoopback(std::string_view host) {
    const std::string inner(withoutBrackets(host));
    if (inner == "localhost") return true;
    in_addr v4{};
    if (::inet_pton(AF_INET, inner.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    return ::inet_pton(AF_INET6, inner.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace postbell::config
