// SPDX-License-Identifier: Apache-2.0
#include "graph_error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "graph_answer.h"
#include "postbell/kit/text.hpp"

namespace postbell::office365 {
namespace {

using nlohmann::json;

// Codes of the mailboxes' servers when they are busy, moved or failed over.
constexpr std::array<std::string_view, 21> kPassingCodes{"activityLimitReached",
                                                         "ApplicationThrottled",
                                                         "ErrorADUnavailable",
                                                         "ErrorApiQuarantined",
                                                         "ErrorConnectionFailed",
                                                         "ErrorInsufficientResources",
                                                         "ErrorInternalServerError",
                                                         "ErrorInternalServerTransientError",
                                                         "ErrorMailboxFailover",
                                                         "ErrorMailboxMoveInProgress",
                                                         "ErrorMailboxStoreUnavailable",
                                                         "ErrorServerBusy",
                                                         "ErrorTimeoutExpired",
                                                         "ErrorTooManyObjectsOpened",
                                                         "generalException",
                                                         "MailboxConcurrency",
                                                         "serviceNotAvailable",
                                                         "ServiceUnavailable",
                                                         "timeout",
                                                         "TooManyRequests",
                                                         "UnknownError"};

constexpr std::array<std::pair<std::string_view, int>, 11> kStatusNames{
    {{"BadRequest", 400},
     {"Unauthorized", 403},
     {"Forbidden", 403},
     {"NotFound", 404},
     {"RequestTimeout", 408},
     {"Conflict", 409},
     {"TooManyRequests", 429},
     {"InternalServerError", 500},
     {"BadGateway", 502},
     {"ServiceUnavailable", 503},
     {"GatewayTimeout", 504}}};

std::string_view after(std::string_view text, std::string_view word) {
    const std::size_t at = text.find(word);
    return at == text.npos ? std::string_view() : text.substr(at + word.size());
}

/// Of "Operation: Create; Exception: [Status Code: ServiceUnavailable; Reason: Mailbox info is
/// stale.]"; 0 if the message names none that is known.
int statusBehind(std::string_view message) {
    const std::string_view from = after(message, "Status Code: ");
    const std::string_view word = from.substr(0, from.find_first_of(";]"));
    const auto* known = std::find_if(kStatusNames.begin(), kStatusNames.end(),
                                     [&](const auto& name) { return name.first == word; });
    return known == kStatusNames.end() ? 0 : known->second;
}

/// The number that `text` begins with, which `text` is left without.
std::optional<std::int64_t> takeNumber(std::string_view& text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// In minutes, of .NET's "3.00:00:00" or "01:00:00".
std::optional<std::int64_t> readTimeSpan(std::string_view text) {
    constexpr std::int64_t kMaxDays = 10'000;
    auto first = takeNumber(text);
    if (!first || text.empty()) return std::nullopt;
    std::int64_t days = 0;
    if (text.front() == '.') {
        days = *first;
        text.remove_prefix(1);
        first = takeNumber(text);
    }
    if (!first || text.empty() || text.front() != ':') return std::nullopt;
    text.remove_prefix(1);
    const auto minutes = takeNumber(text);
    const auto inRange = [](std::int64_t value, std::int64_t end) {
        return value >= 0 && value < end;
    };
    if (!minutes || !inRange(days, kMaxDays) || !inRange(*first, 24) || !inRange(*minutes, 60))
        return std::nullopt;
    return (days * 24 + *first) * 60 + *minutes;
}

}  // namespace

bool GraphError::mentions(std::string_view word) const {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    const auto in = [&](const std::string& text) {
        return std::search(text.begin(), text.end(), word.begin(), word.end(),
                           [&](char a, char b) { return lower(a) == b; }) != text.end();
    };
    return in(code) || in(message);
}

bool GraphError::isOfNotificationUrl() const {
    return mentions("subscription validation request");
}

bool GraphError::isOfMailboxLimit() const {
    return kit::equalsIgnoringCase(code, "ApplicationThrottled") || mentions("mailboxconcurrency");
}

bool GraphError::passes() const {
    if (status >= 500 || status == 408 || status == 409 || status == 412 || status == 423 ||
        status == 429)
        return true;
    return std::any_of(kPassingCodes.begin(), kPassingCodes.end(), [this](std::string_view known) {
        return kit::equalsIgnoringCase(code, known);
    });
}

GraphError readError(const Response& response) {
    GraphError error;
    error.status = response.status();
    const json answer = objectIn(response);
    if (!answer.is_object()) return error;
    const auto details = answer.find("error");
    if (details == answer.end() || !details->is_object()) return error;
    error.code = textIn(*details, "code");
    error.message = textIn(*details, "message");
    if (const int behind = statusBehind(error.message); behind != 0) error.status = behind;
    return error;
}

std::optional<std::int64_t> namedLifetime(const GraphError& error) {
    // "Subscription expiration can only be 4230 minutes in the future."
    std::string_view from = after(error.message, "expiration can only be ");
    if (const auto minutes = takeNumber(from); minutes && from.substr(0, 8) == " minutes")
        return minutes;
    // "Expiration time '…' ('…' from now) is beyond allowed max '3.00:00:00'."
    return readTimeSpan(after(error.message, "beyond allowed max '"));
}

}  // namespace postbell::office365
