// SPDX-License-Identifier: Apache-2.0
// The meaning of Graph's answers to managed tasks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "postbell/managed.hpp"

namespace postbell::office365 {

/// The answer's JSON object; null if it is none.
nlohmann::json objectIn(const Response& response);
/// A text member; empty if there is none.
std::string textIn(const nlohmann::json& object, const char* name);

/// Graph's own word for an error: "403 ErrorAccessDenied: Access is denied." Printable, and short.
std::string errorIn(const Response& response);

/// The meaning of an answer that is no success, to any request. For the sentence: `doing`, and
/// `listener`, which Graph calls when it makes or renews a subscription.
void fail(const Response& response, std::int64_t now_ms, std::string_view doing, Step& out,
          std::string_view listener = "the mailbox listener");

/// As fail(), for an answer of the subscription service. Its limits are the application's in the
/// tenant, so that time which it asks for is asked of all mailboxes.
void failSubscription(const Response& response, std::int64_t now_ms, std::string_view doing,
                      Step& out, std::string_view listener = "the mailbox listener");

/// How far Graph's clock is ahead of the gateway's, by an answer's Date; 0 if it does not say.
std::int64_t clockAhead(const Response& response, std::int64_t now_ms);

}  // namespace postbell::office365
