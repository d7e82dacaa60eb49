// SPDX-License-Identifier: Apache-2.0
#include "token_endpoint.h"

#include <algorithm>

namespace postbell::fcm {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool isHostCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool isPort(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
           text.front() != '0';
}

}  // namespace

std::optional<Url> parseUrl(std::string_view text) {
    constexpr std::string_view kScheme = "https://";
    constexpr std::size_t kMaxLength = 2048;
    if (text.size() > kMaxLength || text.substr(0, kScheme.size()) != kScheme) return std::nullopt;
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '@' && c != '\\';
    });
    if (!plain) return std::nullopt;

    const std::string_view rest = text.substr(kScheme.size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    std::string authority(rest.substr(0, slash));
    std::transform(authority.begin(), authority.end(), authority.begin(), lower);
    std::string port;
    if (const std::size_t colon = authority.find(':'); colon != std::string::npos) {
        port = authority.substr(colon + 1);
        if (!isPort(port)) return std::nullopt;
        authority.resize(colon);
    }
    if (authority.empty() || !std::all_of(authority.begin(), authority.end(), isHostCharacter))
        return std::nullopt;
    Url url;
    url.origin.append(kScheme).append(authority);
    if (!port.empty() && port != "443") url.origin.append(":").append(port);
    url.path = slash == rest.size() ? std::string_view("/") : rest.substr(slash);
    return url;
}

const Url& googleTokenEndpoint() {
    static const Url endpoint{"https://oauth2.googleapis.com", "/token"};
    return endpoint;
}

std::optional<Url> tokenEndpoint(std::string_view token_uri,
                                 const std::vector<std::string>& allowed_origins) {
    if (token_uri.empty()) return googleTokenEndpoint();
    std::optional<Url> url = parseUrl(token_uri);
    if (!url || url->origin == googleTokenEndpoint().origin) return url;
    // Files of before 2019 name these hosts; one firewall rule less if all use today's.
    for (const char* former : {"https://accounts.google.com", "https://www.googleapis.com"})
        if (url->origin == former) return googleTokenEndpoint();
    const bool allowed = std::find(allowed_origins.begin(), allowed_origins.end(), url->origin) !=
                         allowed_origins.end();
    if (!allowed) url.reset();
    return url;
}

}  // namespace postbell::fcm
