// SPDX-License-Identifier: Apache-2.0
// Origins that plugins may send requests to, read once, where an origin enters.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace postbell::plugin {

/// The normal form of an origin that pushes and authorizations go to: "https://host", the port only
/// where it is not 443. Nothing for anything else: the engine speaks TLS alone.
std::optional<std::string> pushOrigin(std::string_view text);

/// The normal form of an origin of managed subscriptions, which may be http:// on a loopback
/// address.
std::optional<std::string> managedOrigin(std::string_view text);

/// The fault of `text` as a pushOrigin(): a clause behind "it names the origin".
std::string wrongPushOrigin(std::string_view text);

/// The fault of `text` as a managedOrigin().
std::string wrongManagedOrigin(std::string_view text);

}  // namespace postbell::plugin
