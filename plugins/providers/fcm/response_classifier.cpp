// SPDX-License-Identifier: Apache-2.0
#include "response_classifier.h"

#include <algorithm>

#include "error_body.h"
#include "postbell/kit/answerer.hpp"
#include "postbell/kit/retry_after.hpp"

namespace postbell::fcm {
namespace {

using Result = OutcomeResult;
using Scope = RetryScope;

// Google, "Scale your FCM messaging": the least pause before the first retry where no Retry-After
// says another; it doubles from there.
constexpr std::int64_t kQuotaBackoffMs = 60'000;
constexpr std::int64_t kServerBackoffMs = 10'000;

constexpr std::string_view kOurFault =
    "Postbell built a message that FCM does not accept. The push was dropped; please report this.";
constexpr std::string_view kGoogleTrouble =
    "FCM has trouble; pushes are sent again. See status.firebase.google.com.";

/// An answer with its consequence.
struct Row {
    std::string_view reason;
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
                        "There was no answer from FCM; the push is sent again. If it lasts, check "
                        "the network, the proxy and the firewall (fcm.googleapis.com, port 443)."};
constexpr Row kBadToken{"INVALID_ARGUMENT/token",
                        Result::TokenDead,
                        Scope::Device,
                        0,
                        0,
                        "FCM does not know this as a registration token. The app registers again "
                        "when it is next opened; if it happens to many, the app sends something "
                        "else than its token."};
constexpr Row kForeignToApple{"INVALID_ARGUMENT/apple",
                              Result::TokenForeign,
                              Scope::Device,
                              0,
                              0,
                              "Apple does not know the APNs token behind this registration token, "
                              "or knows it for another app or environment. If it happens to many "
                              "devices, the APNs key in the Firebase project is of another team "
                              "or environment."};
constexpr Row kGoneAtApple{"INVALID_ARGUMENT/apple_unregistered",
                           Result::TokenDead,
                           Scope::Device,
                           0,
                           0,
                           "Apple says that the app was removed from the device. The app registers "
                           "again when it is next opened."};
constexpr Row kBadMessage{"INVALID_ARGUMENT", Result::Rejected, Scope::Device, 0, 0, kOurFault};
constexpr Row kUnregistered{"UNREGISTERED",
                            Result::TokenDead,
                            Scope::Device,
                            0,
                            0,
                            "The app was removed from the device, or its token was renewed. The "
                            "app registers again when it is next opened."};
constexpr Row kNotFound{"NOT_FOUND",
                        Result::TokenForeign,
                        Scope::Device,
                        0,
                        0,
                        "FCM knows either the token or the project not. If it happens to many "
                        "devices, the service account's project is not there any more."};
constexpr Row kSenderMismatch{
    "SENDER_ID_MISMATCH",
    Result::TokenForeign,
    Scope::Device,
    0,
    0,
    "This token belongs to another Firebase project than the service account. If it happens to "
    "many devices, the service account of another project was uploaded: compare its project with "
    "the one in the app's google-services.json."};
constexpr Row kAppleKey{
    "THIRD_PARTY_AUTH_ERROR",
    Result::Credential,
    Scope::Credential,
    0,
    0,
    "Apple refuses the APNs key that is stored in the Firebase project, not this service account. "
    "Firebase console, Project settings, Cloud Messaging: upload a valid APNs authentication key "
    "for the app's bundle id, with its key id and team id."};
constexpr Row kUnauthenticated{
    "UNAUTHENTICATED",
    Result::Reauthorize,
    Scope::Credential,
    0,
    0,
    "FCM refuses the access token of this service account. Another is fetched by itself; if that "
    "is "
    "refused as well, check in the console that the account and its key are enabled, and the clock "
    "of this machine."};
constexpr Row kPermissionDenied{
    "PERMISSION_DENIED",
    Result::Credential,
    Scope::Credential,
    0,
    0,
    "The service account may not push: give it the role Firebase Cloud Messaging API Admin in its "
    "project, and check that the Firebase Cloud Messaging API is enabled there."};
constexpr Row kServiceDisabled{
    "PERMISSION_DENIED/SERVICE_DISABLED",
    Result::Credential,
    Scope::Credential,
    0,
    0,
    "The Firebase Cloud Messaging API is not enabled in the service account's project. Google "
    "Cloud console, APIs & Services: enable it, and wait some minutes."};
constexpr Row kNoRole{
    "PERMISSION_DENIED/IAM_PERMISSION_DENIED",
    Result::Credential,
    Scope::Credential,
    0,
    0,
    "The service account lacks the permission cloudmessaging.messages.create. Google Cloud "
    "console, IAM: give it the role Firebase Cloud Messaging API Admin."};
constexpr Row kProjectQuota{
    "QUOTA_EXCEEDED",
    Result::Retry,
    Scope::Credential,
    0,
    kQuotaBackoffMs,
    "The project sends more than its quota (600,000 messages a minute unless raised); pushes "
    "wait. The quota can be raised in the Google Cloud console."};
constexpr Row kDeviceQuota{"QUOTA_EXCEEDED/device",
                           Result::Retry,
                           Scope::Device,
                           0,
                           kQuotaBackoffMs,
                           "This one device got more pushes than FCM allows; it is served more "
                           "slowly."};
constexpr Row kInternal{"INTERNAL",       Result::Retry,
                        Scope::Origin,    POSTBELL_OUTCOME_NEW_CONNECTION,
                        kServerBackoffMs, kGoogleTrouble};
constexpr Row kUnavailable{"UNAVAILABLE",    Result::Retry,
                           Scope::Origin,    POSTBELL_OUTCOME_NEW_CONNECTION,
                           kServerBackoffMs, kGoogleTrouble};

const Row& permissionRow(const ErrorBody& body) {
    if (body.info_reason == "SERVICE_DISABLED") return kServiceDisabled;
    if (body.info_reason == "IAM_PERMISSION_DENIED") return kNoRole;
    return kPermissionDenied;
}

/// Apple's word on a device behind FCM, with its meaning on APNs; null if there is none.
const Row* byApple(const ErrorBody& body) {
    const std::string_view reason = body.apple_reason;
    if (reason == "BadDeviceToken" || reason == "DeviceTokenNotForTopic") return &kForeignToApple;
    if (reason == "Unregistered" || reason == "ExpiredToken") return &kGoneAtApple;
    return nullptr;
}

const Row& invalidArgument(const ErrorBody& body) {
    if (const Row* apples = byApple(body)) return *apples;
    return body.names_token ? kBadToken : kBadMessage;
}

/// By the FcmError; null if it is none that Google documents for this kind of status.
const Row* byCode(int status, const ErrorBody& body) {
    const std::string_view code = body.code;
    if (status >= 500) {
        if (code == "UNAVAILABLE") return &kUnavailable;
        return code == "INTERNAL" ? &kInternal : nullptr;
    }
    if (status < 400) return nullptr;
    if (code == "UNREGISTERED") return &kUnregistered;
    if (code == "SENDER_ID_MISMATCH") return &kSenderMismatch;
    if (code == "THIRD_PARTY_AUTH_ERROR") return &kAppleKey;
    if (code == "QUOTA_EXCEEDED") return body.names_device ? &kDeviceQuota : &kProjectQuota;
    if (code == "INVALID_ARGUMENT") return &invalidArgument(body);
    return nullptr;
}

/// By the HTTP status, which stands for google.rpc.Code; null if it is none that FCM gives.
const Row* byStatus(int status, const ErrorBody& body) {
    switch (status) {
        case 0:
            return &kNoAnswer;
        case 400:
            // Only Google's own word condemns a token, not any server's 400.
            if (body.status != "INVALID_ARGUMENT") return nullptr;
            return &invalidArgument(body);
        case 401:
            return &kUnauthenticated;
        case 403:
            return &permissionRow(body);
        case 404:
            return body.status == "NOT_FOUND" ? &kNotFound : nullptr;
        case 429:
            return body.names_device ? &kDeviceQuota : &kProjectQuota;
        case 500:
            return &kInternal;
        case 503:
            return &kUnavailable;
        default:
            return nullptr;
    }
}

constexpr Row kIntercepted{
    {},
    Result::Retry,
    Scope::Origin,
    POSTBELL_OUTCOME_NEW_CONNECTION,
    0,
    "This answer is not FCM's: a proxy, firewall or captive portal opens the connection and "
    "answers "
    "in Google's place. Exempt fcm.googleapis.com from TLS inspection. The push is sent again."};

/// For an answer that FCM is not known to give.
Row unknownRow(int status) {
    constexpr std::uint32_t kNewConnection = POSTBELL_OUTCOME_NEW_CONNECTION;
    if (kit::asksForAnotherConnection(status))
        return {{}, Result::Retry, Scope::Device, kNewConnection, 0, {}};
    if (status >= 500)
        return {{}, Result::Retry, Scope::Origin, kNewConnection, kServerBackoffMs, kGoogleTrouble};
    if (status == 404)
        return {{},
                Result::Retry,
                Scope::Origin,
                0,
                0,
                "This path is not known there, which is not FCM's word. Check the endpoint and the "
                "proxy."};
    if (status >= 400) return {{}, Result::Rejected, Scope::Device, 0, 0, kOurFault};
    return {{},
            Result::Retry,
            Scope::Origin,
            0,
            0,
            "The answer is none that FCM gives. Check the endpoint and the proxy."};
}

Outcome outcomeOf(const Row& row, std::string_view reason) {
    Outcome outcome;
    outcome.result = row.result;
    outcome.scope = row.scope;
    outcome.flags = row.flags;
    outcome.reason = reason;
    outcome.advice = row.advice;
    return outcome;
}

}  // namespace

Outcome ResponseClassifier::classify(const Response& response, std::int64_t now_ms) {
    const int status = response.status();
    if (status == 200 && namesMessage(response.body())) return outcomeOf(kDelivered, "Success");
    const ErrorBody body = readErrorBody(response.body());
    const bool page = kit::isPage(response.body(), body.is_object);
    if (kit::answererOf(status, page) == kit::Answerer::Intermediary)
        return outcomeOf(kIntercepted, reason_.of("Intercepted", status));
    const Row* known = status == 200 ? nullptr : byCode(status, body);
    if (known == nullptr) known = byStatus(status, body);
    const Row row = known != nullptr ? *known : unknownRow(status);

    Outcome outcome = outcomeOf(row, known != nullptr ? row.reason : reason_.of("Unknown", status));
    if (row.result == Result::Retry) {
        if (!page)
            outcome.retry_after_ms = std::max(
                kit::retryAfterMs(response.header("retry-after"), now_ms), body.retry_delay_ms);
        outcome.backoff_ms = row.backoff_ms;
    }
    return outcome;
}

}  // namespace postbell::fcm
