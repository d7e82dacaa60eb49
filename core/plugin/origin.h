// SPDX-License-Identifier: Apache-2.0
// Where plugins may send requests: read once, where an origin enters.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace postbell::plugin {

/// The normal form of an origin that pushes and authorizations go to: "https://host", the port only
/// where it is not 443. Nothing for anything else: the engine speaks TLS alone.
std::optional<std::string> pushOrigin(std::string_view text);

/// The same for requests of managed subscriptions, which may go to http:// on a loopback address.
std::optional<std::string> managedOrigin(std::string_view text);

/// What is wrong with `text` as a pushOrigin(): a clause behind "it names the origin".
std::string wrongPushOrigin(std::string_view text);

/// The same for a managedOrigin().
std::string wrongManagedOrigin(std::string_view text);

}  // namespace postbell::plugin
