// SPDX-License-Identifier: Apache-2.0
// The secret in an Authorization header. Compare it with equalConstantTime().
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "postbell/kit/base64.hpp"
#include "postbell/kit/text.hpp"

namespace postbell::kit {

namespace detail {

/// The credentials behind `scheme` (RFC 9110, 11.4); nothing for another scheme.
inline std::optional<std::string_view> credentialsOf(std::string_view scheme,
                                                     std::string_view authorization) {
    if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ' ||
        !equalsIgnoringCase(authorization.substr(0, scheme.size()), scheme))
        return std::nullopt;
    return trim(authorization.substr(scheme.size()));
}

}  // namespace detail

/// The password (RFC 7617), as clients make it of https://NAME:PASSWORD@host. Nothing for a header
/// of another scheme or form.
inline std::optional<std::string> basicPassword(std::string_view authorization) {
    const auto credentials = detail::credentialsOf("Basic", authorization);
    const auto decoded = credentials ? decodeBase64(*credentials) : std::nullopt;
    const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) return std::nullopt;
    return decoded->substr(colon + 1);
}

/// The token (RFC 6750, 2.1). Nothing for a header of another scheme; borrows from the header.
inline std::optional<std::string_view> bearerToken(std::string_view authorization) {
    return detail::credentialsOf("Bearer", authorization);
}

}  // namespace postbell::kit
