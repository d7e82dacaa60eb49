// SPDX-License-Identifier: Apache-2.0
// Graph's check that a notification URL wants its notifications: Graph posts a token in the query
// while the app waits for its subscription, and wants it back as text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace postbell::office365 {

/// Graph's own have some 110 characters.
inline constexpr std::size_t kMaxTokenBytes = 2048;

/// The value of validationToken in a query, still encoded; the query may hold more, since Graph
/// keeps the URL's own. Nothing if it is not there.
std::optional<std::string_view> findValidationToken(std::string_view query);

/// The token decoded as form data ('+' is a blank), as it must be answered. Nothing for one that
/// Graph would not send: empty, too long, wrongly encoded, or with anything that a browser could
/// take for markup.
std::optional<std::string> decodeValidationToken(std::string_view encoded);

}  // namespace postbell::office365
