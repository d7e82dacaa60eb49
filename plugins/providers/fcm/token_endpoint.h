// SPDX-License-Identifier: Apache-2.0
// Where access tokens come from.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postbell::fcm {

/// An https address, taken apart.
struct Url {
    std::string origin;  ///< "https://host", with the port where it is not 443; lower case
    std::string path;    ///< begins with a slash

    std::string text() const { return origin + path; }
};

/// Nothing for a text that is no plain https address: another scheme, a user, a query, a fragment,
/// characters that do not belong into one.
std::optional<Url> parseUrl(std::string_view text);

/// Google's own.
const Url& googleTokenEndpoint();

/// The endpoint that a service account's `token_uri` leads to. A credential file is input: nothing
/// if it names a host that is neither Google's nor one of `allowed_origins`. Without one it is
/// Google's.
std::optional<Url> tokenEndpoint(std::string_view token_uri,
                                 const std::vector<std::string>& allowed_origins);

}  // namespace postbell::fcm
