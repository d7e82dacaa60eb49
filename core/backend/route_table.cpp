// SPDX-License-Identifier: Apache-2.0
#include "backend/route_table.h"

#include <algorithm>
#include <charconv>

#include "util/crypto.h"

namespace postbell::backend {

namespace {

/// As util::randomToken() makes them.
bool isToken(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

/// An equivalent path (RFC 3986, 6.2.2.2). Malformed escapes stay.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        const char* const hex = text.data() + i + 1;
        const bool escape = text[i] == '%' && text.size() - i > 2 &&
                            std::from_chars(hex, hex + 2, byte, 16).ptr == hex + 2;
        plain += escape ? static_cast<char>(byte) : text[i];
        if (escape) i += 2;
    }
    return plain;
}

}  // namespace

std::optional<std::string> tokenHash(std::string_view token) {
    if (isToken(token)) return util::sha256(token);
    const std::string plain = unescaped(token);
    if (!isToken(plain)) return std::nullopt;
    return util::sha256(plain);
}

std::optional<CallbackPath> parsePath(std::string_view path) {
    const std::size_t slash = path.find('/', 1);
    if (!path.starts_with('/') || slash == std::string_view::npos) return std::nullopt;
    CallbackPath found;
    found.instance = path.substr(1, slash - 1);
    const std::string_view rest = path.substr(slash + 1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    found.token = rest.substr(0, end);
    found.suffix = rest.substr(end);
    return found;
}

std::variant<RouteTable::Match, RouteTable::Refusal> RouteTable::find(
    std::string_view method, std::string_view suffix, std::size_t body_bytes) const {
    Match match;
    bool too_large = false;
    std::string allowed;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        const plugin::Route& route = routes_[i];
        if (route.suffix != suffix) continue;
        if (route.method != method) {
            if (allowed.find(route.method) == std::string::npos)
                allowed.append(allowed.empty() ? "" : ", ").append(route.method);
        } else if (route.max_body != 0 && body_bytes > route.max_body) {
            too_large = true;
        } else {
            (route.tenant ? match.tenant : match.registration) =
                Chosen{static_cast<std::uint32_t>(i), route.needs_proof, route.needs_secret};
        }
    }
    if (match.registration || match.tenant) return match;
    if (too_large) return Refusal{413, "the message is larger than this backend takes", {}};
    if (allowed.empty()) return Refusal{404, "there is no such callback", {}};
    return Refusal{405, "this method is not allowed here", std::move(allowed)};
}

bool RouteTable::tenantsNeedSecret() const {
    return std::any_of(routes_.begin(), routes_.end(), [](const plugin::Route& route) {
        return route.tenant && route.needs_secret;
    });
}

bool RouteTable::hasRegistrationRoutes() const {
    return !std::ranges::all_of(routes_, &plugin::Route::tenant);
}

bool RouteTable::hasTenantRoutes() const {
    return std::ranges::any_of(routes_, &plugin::Route::tenant);
}

}  // namespace postbell::backend
