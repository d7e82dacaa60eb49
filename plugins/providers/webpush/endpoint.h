// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace postbell::webpush {

/// The push resource of a subscription (RFC 8030, 2): an https URL, taken apart. Which servers may
/// be pushed to is the host's to say.
struct Endpoint {
    std::string origin;  ///< as RFC 6454, 6.1 writes it: lower case, the port only if it is not 443
    std::string path;    ///< with its query; begins with a slash
};

/// Real ones have 150 to 600 bytes.
inline constexpr std::size_t kMaxEndpointBytes = 2048;

/// Nothing for a text that is no such URL: another scheme, a user, a fragment, a blank, a character
/// that is not ASCII. Spellings of one URL that differ in the case of its host, the port 443 or the
/// spelling of an IPv6 address give one endpoint.
std::optional<Endpoint> parseEndpoint(std::string_view url);

}  // namespace postbell::webpush
