// SPDX-License-Identifier: Apache-2.0
#include "response_classifier.h"

#include <optional>

#include "postbell/kit/answerer.hpp"
#include "postbell/kit/json_reader.hpp"
#include "postbell/kit/retry_after.hpp"
#include "postbell/kit/text.hpp"

namespace postbell::webpush {
namespace {

using Result = OutcomeResult;
using Scope = RetryScope;
constexpr std::uint32_t kNewConnection = POSTBELL_OUTCOME_NEW_CONNECTION;

/// The least pause before the first retry where a busy server names none; it doubles from there.
constexpr std::int64_t kBusyBackoffMs = 60'000;

/// An answer with its consequence.
struct Row {
    std::string_view reason;  ///< empty: the status stands for it
    Result result;
    Scope scope;
    std::uint32_t flags;
    std::int64_t backoff_ms;
    std::string_view advice;
};

constexpr Row kDelivered{"Success", Result::Delivered, Scope::Device, 0, 0, {}};
constexpr Row kNoAnswer{"NoAnswer",
                        Result::Retry,
                        Scope::Origin,
                        0,
                        0,
                        "There was no answer from the push server; the push is sent again. If it "
                        "lasts, check the network, the proxy and the firewall."};
constexpr Row kRedirect{
    "Redirect",
    Result::Retry,
    Scope::Device,
    0,
    kBusyBackoffMs,
    "The push server sends pushes to another place, which is not followed. The app subscribes "
    "again when it is next opened."};
constexpr Row kBadRequest{"BadRequest",
                          Result::Rejected,
                          Scope::Device,
                          0,
                          0,
                          "The push server does not accept the request. The push was dropped; if "
                          "other servers take such pushes, please report this."};
constexpr Row kUnauthorized{
    "Unauthorized",
    Result::Credential,
    Scope::Credential,
    0,
    0,
    "The push server refuses the VAPID token: is this machine's clock right, and has the "
    "credential the setting subject with a contact (mailto: or https:)?"};
constexpr Row kOtherKey{
    "Forbidden",
    Result::TokenForeign,
    Scope::Device,
    0,
    0,
    "The push server refuses the VAPID key for this subscription: the app subscribed with another "
    "applicationServerKey than the credential's public key. The app must subscribe again with the "
    "public key that `postbell credential list` shows."};
constexpr Row kNotFound{"NotFound",
                        Result::TokenDead,
                        Scope::Device,
                        0,
                        0,
                        "The push server does not know the subscription any more. The app "
                        "subscribes again when it is next opened."};
constexpr Row kGone{"Gone",
                    Result::TokenDead,
                    Scope::Device,
                    0,
                    0,
                    "The subscription ended: the app or its permission was removed. The app "
                    "subscribes again when it is next opened."};
constexpr Row kTooLarge{"TooLarge",
                        Result::Rejected,
                        Scope::Device,
                        0,
                        0,
                        "The push server takes less than the 4,096 bytes that RFC 8030 asks of it. "
                        "The push was dropped; raise the server's limit."};
// RFC 8030, 8.4: the limit is one push resource's. Microsoft says 406 for it ("Push notification
// service request and response headers").
constexpr Row kTooMany{"TooManyRequests",
                       Result::Retry,
                       Scope::Device,
                       0,
                       kBusyBackoffMs,
                       "This one subscription got more pushes than its server allows; it is served "
                       "more slowly."};
constexpr Row kAnotherConnection{{}, Result::Retry, Scope::Device, kNewConnection, 0, {}};
constexpr Row kServerTrouble{{},
                             Result::Retry,
                             Scope::Origin,
                             kNewConnection,
                             0,
                             "The push server has trouble; pushes are sent again."};
constexpr Row kRefused{{},
                       Result::Rejected,
                       Scope::Device,
                       0,
                       0,
                       "The push server does not accept the push, which was dropped. Check that "
                       "the endpoint is one of a push service."};
constexpr Row kUnknown{{},
                       Result::Retry,
                       Scope::Device,
                       0,
                       kBusyBackoffMs,
                       "The answer is none that a push server gives. Check the endpoint and the "
                       "proxy."};
// The device: its endpoint may be a page of a server that others use as a push service.
constexpr Row kIntercepted{
    "Intercepted",
    Result::Retry,
    Scope::Device,
    kNewConnection,
    kBusyBackoffMs,
    "This answer is a web page, and so no push service's: a proxy or captive portal answers in its "
    "place, or the endpoint is none of a push service. The push is sent again."};

/// Apple's own word, {"reason": "..."}; nothing where there is none.
std::optional<std::string> reasonIn(std::string_view body) {
    constexpr std::size_t kMaxBody = 1024;
    if (body.size() > kMaxBody) return std::nullopt;
    const auto json = kit::readJson(body, {2, 16});
    const auto reason = json ? (*json)["reason"].text() : std::nullopt;
    return reason ? std::optional<std::string>(*reason) : std::nullopt;
}

/// A document for people. The large services answer with JSON, plain text or nothing; Google's
/// calls its plain text HTML, so that the content type says little.
bool isWebPage(std::string_view body) {
    const std::string_view text = kit::trim(body);
    return !text.empty() && text.front() == '<';
}

const Row& forbiddenRow(std::string_view body) {
    return reasonIn(body) == "BadJwtToken" ? kUnauthorized : kOtherKey;
}

const Row& badRequestRow(std::string_view body) {
    return reasonIn(body) == "VapidPkHashMismatch" ? kOtherKey : kBadRequest;
}

const Row& rowOf(int status, std::string_view body) {
    if (status == 0) return kNoAnswer;
    // 410 and 201 have one meaning, whatever is beside them.
    if (status == 410) return kGone;
    if (status == 201) return kDelivered;
    if (kit::answererOf(status, isWebPage(body)) == kit::Answerer::Intermediary)
        return kIntercepted;
    if (kit::asksForAnotherConnection(status)) return kAnotherConnection;
    switch (status) {
        case 400:
            return badRequestRow(body);
        case 401:
            return kUnauthorized;
        case 403:
            return forbiddenRow(body);
        case 404:
            return kNotFound;
        case 413:
            return kTooLarge;
        case 406:
        case 429:
            return kTooMany;
        default:
            break;
    }
    if (status >= 500) return kServerTrouble;
    if (status >= 400) return kRefused;
    if (status >= 300) return kRedirect;
    return status >= 200 ? kDelivered : kUnknown;
}

}  // namespace

bool refusesVapid(int status) {
    return status == 401 || status == 403;
}

Outcome ResponseClassifier::classify(const Response& response, std::int64_t now_ms) {
    const int status = response.status();
    const Row& row = rowOf(status, response.body());
    Outcome outcome;
    outcome.result = row.result;
    outcome.scope = row.scope;
    outcome.flags = row.flags;
    outcome.advice = row.advice;
    outcome.reason = &row == &kIntercepted ? reason_.of("Intercepted", status)
                     : row.reason.empty()  ? reason_.of("Status", status)
                                           : row.reason;
    if (row.result == Result::Retry) {
        outcome.backoff_ms = row.backoff_ms;
        if (!isWebPage(response.body()))
            outcome.retry_after_ms = kit::retryAfterMs(response.header("retry-after"), now_ms);
    }
    return outcome;
}

}  // namespace postbell::webpush
