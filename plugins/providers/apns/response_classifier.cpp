// SPDX-License-Identifier: Apache-2.0
#include "response_classifier.h"

#include <algorithm>

#include "postbell/kit/answerer.hpp"
#include "postbell/kit/retry_after.hpp"
#include "response_body.h"

namespace postbell::apns {
namespace {

using Result = OutcomeResult;
using Scope = RetryScope;
constexpr std::uint32_t kNewConnection = POSTBELL_OUTCOME_NEW_CONNECTION;

constexpr std::string_view kOurFault =
    "Postbell built a request that Apple does not accept. The push was dropped; please report "
    "this.";
constexpr std::string_view kGone =
    "The app was removed from the device, or notifications ended there. The app registers again "
    "when it is next opened.";
constexpr std::string_view kOtherEnvironmentKey =
    "This signing key is restricted to the other environment (production or sandbox). Upload a key "
    "for this "
    "environment, or one for both.";
constexpr std::string_view kAppleTrouble =
    "Apple's push service has trouble; pushes are sent again. See "
    "developer.apple.com/system-status.";

constexpr std::string_view kTooManyUpdates = "TooManyProviderTokenUpdates";
/// Apple does not say when the 20 minutes end.
constexpr std::int64_t kUpdatesRetryMs = 60'000;

// Apple, "Handling notification responses from APNs".
constexpr KnownReason kReasons[] = {
    {400, "BadCollapseId", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "BadDeviceToken", Result::TokenForeign, Scope::Device, 0,
     "Apple does not know this device token here. If it happens to one device, the app sent a "
     "token of the other "
     "environment (a development build's token belongs to sandbox); if it happens to many, the "
     "credential is for another "
     "environment or app."},
    {400, "BadExpirationDate", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "BadMessageId", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "BadPriority", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "BadTopic", Result::Rejected, Scope::Device, 0,
     "Apple does not accept the app's bundle id as a topic. Compare the app's name here with the "
     "bundle id in Xcode."},
    {400, "DeviceTokenNotForTopic", Result::TokenForeign, Scope::Device, 0,
     "This device token belongs to another app. If it happens to many devices, the app's bundle id "
     "here is not that of "
     "the app that registers."},
    {400, "DuplicateHeaders", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "IdleTimeout", Result::Retry, Scope::Device, kNewConnection,
     "Apple closed an idle connection; the push is sent again on another one."},
    {400, "InvalidPushType", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "MissingDeviceToken", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "MissingTopic", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "PayloadEmpty", Result::Rejected, Scope::Device, 0, kOurFault},
    {400, "TopicDisallowed", Result::Credential, Scope::Credential, 0,
     "This credential may not push to the app's bundle id. Compare the bundle id here with the one "
     "in Xcode, and check "
     "that the certificate or key was made for that app or its team."},
    {403, "BadCertificate", Result::Credential, Scope::Credential, 0,
     "Apple refuses the certificate. Check on Apple's developer site that it was not revoked; "
     "create a new one and "
     "upload it."},
    {403, "BadCertificateEnvironment", Result::Credential, Scope::Credential, 0,
     "This certificate is for the other environment (production or sandbox). Upload one for this "
     "environment."},
    {403, "BadEnvironmentKeyIdInToken", Result::Credential, Scope::Credential, 0,
     kOtherEnvironmentKey},
    // The spelling that Apple's servers are seen to use for the former.
    {403, "BadEnvironmentKeyInToken", Result::Credential, Scope::Credential, 0,
     kOtherEnvironmentKey},
    {403, "ExpiredProviderToken", Result::Reauthorize, Scope::Credential, 0,
     "Apple finds the token too old although it is renewed in time. Check the clock of this "
     "machine."},
    {403, "Forbidden", Result::Credential, Scope::Credential, 0,
     "Apple forbids this credential to push. Check on Apple's developer site that the membership "
     "is current and that "
     "the certificate or key was not revoked."},
    {403, "InvalidProviderToken", Result::Credential, Scope::Credential, kNewConnection,
     "Apple cannot verify the signing key. Check the settings key-id and team-id, that the key was "
     "not revoked, and the "
     "clock of this machine."},
    {403, "MissingProviderToken", Result::Credential, Scope::Credential, 0,
     "Apple saw neither a certificate nor a token. Upload the credential again; a proxy that opens "
     "TLS would also "
     "cause this."},
    {403, "UnrelatedKeyIdInToken", Result::Credential, Scope::Credential, kNewConnection,
     "Apple saw different signing keys on one connection, or the key is not meant for this app. "
     "Check the setting key-id "
     "and which topics the key is restricted to."},
    {404, "BadPath", Result::Rejected, Scope::Device, 0, kOurFault},
    {405, "MethodNotAllowed", Result::Rejected, Scope::Device, 0, kOurFault},
    {410, "ExpiredToken", Result::TokenDead, Scope::Device, 0, kGone},
    {410, "Unregistered", Result::TokenDead, Scope::Device, 0, kGone},
    {413, "PayloadTooLarge", Result::Rejected, Scope::Device, 0, kOurFault},
    {429, kTooManyUpdates, Result::Retry, Scope::Credential, 0,
     "Apple saw another token of this signing key within 20 minutes, and takes this one after that "
     "time. If another server pushes with the same key, give each its own."},
    {429, "TooManyRequests", Result::Retry, Scope::Device, 0,
     "Apple got too many pushes for this one device; it is served more slowly."},
    // This may be the trouble of one server, and last as long as the connection to it.
    {500, "InternalServerError", Result::Retry, Scope::Origin, kNewConnection, kAppleTrouble},
    {503, "ServiceUnavailable", Result::Retry, Scope::Origin, kNewConnection, kAppleTrouble},
    // One of Apple's servers leaves; the others are well, so that only this push waits.
    {503, "Shutdown", Result::Retry, Scope::Device, kNewConnection,
     "One of Apple's servers shuts down; the push is sent again through another."},
};

/// For an answer without a known reason: its status's own meaning. `apples`: a reason is given in
/// Apple's form.
KnownReason byStatus(int status, bool apples) {
    const auto row = [status](Result result, Scope scope, std::uint32_t flags,
                              std::string_view advice) {
        return KnownReason{status, {}, result, scope, flags, advice};
    };
    if (kit::asksForAnotherConnection(status))
        return row(Result::Retry, Scope::Device, kNewConnection, {});
    switch (status) {
        case 403:
            // Apple: an error with the certificate or the token. A pause keeps pushes that a
            // rejection would drop.
            return row(Result::Credential, Scope::Credential, 0,
                       "Apple refuses the certificate or signing key for a reason that Postbell "
                       "does not know. Check "
                       "both on Apple's developer site.");
        case 410:
            // Only Apple's own word condemns a token, not any proxy's 410.
            if (apples) return row(Result::TokenDead, Scope::Device, 0, kGone);
            return row(Result::Retry, Scope::Device, 0,
                       "A 410 without a reason is not Apple's word. Check the endpoint and the "
                       "proxy.");
        case 429:
            return row(Result::Retry, Scope::Device, 0, {});
        default:
            break;
    }
    if (status >= 500)
        return row(Result::Retry, Scope::Origin, kNewConnection,
                   "Apple's push service, or a proxy on the way to it, has trouble; pushes are "
                   "sent again. See developer.apple.com/system-status.");
    if (status >= 400) return row(Result::Rejected, Scope::Device, 0, kOurFault);
    return row(
        Result::Retry, Scope::Origin, 0,
        "The answer is none that Apple's push service gives. Check the endpoint and the proxy.");
}

const KnownReason* findRow(int status, std::string_view reason) {
    const auto row =
        std::find_if(std::begin(kReasons), std::end(kReasons), [&](const KnownReason& known) {
            return known.reason == reason && known.status / 100 == status / 100;
        });
    return row == std::end(kReasons) ? nullptr : &*row;
}

constexpr KnownReason kIntercepted{
    0,
    {},
    Result::Retry,
    Scope::Origin,
    kNewConnection,
    "This answer is not Apple's: a proxy, firewall or captive portal opens the connection and "
    "answers in Apple's place. Exempt Apple's push hosts from TLS inspection. The push is sent "
    "again."};

Outcome outcomeOf(const KnownReason& row, std::string_view reason) {
    Outcome outcome;
    outcome.result = row.result;
    outcome.scope = row.scope;
    outcome.flags = row.flags;
    outcome.reason = reason;
    outcome.advice = row.advice;
    return outcome;
}

}  // namespace

std::span<const KnownReason> knownReasons() {
    return kReasons;
}

Outcome ResponseClassifier::classify(const Response& response, std::int64_t now_ms) {
    const int status = response.status();
    if (status == 0)
        return outcomeOf({0,
                          {},
                          Result::Retry,
                          Scope::Origin,
                          0,
                          "There was no answer from Apple; the push is sent again. If it lasts, "
                          "check the network, the "
                          "proxy and the firewall (port 443 or 2197)."},
                         "NoAnswer");

    const ResponseBody body = readResponseBody(response.body());
    // Each answer of Apple's has an id.
    const bool apples = !response.header("apns-id").empty();
    const bool page = !apples && kit::isPage(response.body(), body.is_object);
    if (!apples && kit::answererOf(status, page) == kit::Answerer::Intermediary)
        return outcomeOf(kIntercepted, reason_.of("Intercepted", status));
    if (status == 200)
        return outcomeOf({200, {}, Result::Delivered, Scope::Device, 0, {}}, "Success");
    const KnownReason* known = findRow(status, body.reason);
    Outcome outcome = known != nullptr ? outcomeOf(*known, known->reason)
                                       : outcomeOf(byStatus(status, !body.reason.empty()),
                                                   reason_.of("Unknown", status));
    if (outcome.result == Result::Reauthorize && !has_token_) {
        outcome.result = Result::Credential;
        outcome.advice =
            "Apple asks for a token although the credential is a certificate. Upload it again.";
    }
    if (outcome.result == Result::TokenDead) outcome.dead_since_ms = body.timestamp_ms;
    if (outcome.result == Result::Retry) {
        if (!page)
            outcome.retry_after_ms = kit::retryAfterMs(response.header("retry-after"), now_ms);
        if (outcome.reason == kTooManyUpdates && outcome.retry_after_ms == 0)
            outcome.retry_after_ms = kUpdatesRetryMs;
    }
    return outcome;
}

}  // namespace postbell::apns
