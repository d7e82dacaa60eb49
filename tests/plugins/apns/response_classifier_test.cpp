// SPDX-License-Identifier: Apache-2.0
#include "response_classifier.h"

#include <catch2/catch.hpp>

#include <set>

using namespace postbell;
using namespace postbell::apns;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;
constexpr std::uint32_t kNewConnection = POSTBELL_OUTCOME_NEW_CONNECTION;

/// A copy of an outcome, whose texts live for one call only.
struct Found {
    OutcomeResult result;
    RetryScope scope;
    std::uint32_t flags;
    std::int64_t retry_after_ms, dead_since_ms;
    std::string reason, advice;
};

/// As Apple answers.
constexpr const char* kId = "EC1BF194-B3B2-424A-89C9-5A918A6E6B5D";

Found classify(int status, std::string_view body, std::string_view retry_after = {},
               bool has_token = true, std::string_view apns_id = kId) {
    const postbell_header headers[] = {{str("apns-id"), str(apns_id), 0},
                                       {str("retry-after"), str(retry_after), 0}};
    postbell_response raw{};
    raw.size = sizeof raw;
    raw.status = status;
    raw.headers = headers;
    raw.header_count = 2;
    raw.body = bytes(body);
    ResponseClassifier classifier(has_token);
    const Outcome o = classifier.classify(Response(raw), kNow);
    return {o.result,
            o.scope,
            o.flags,
            o.retry_after_ms,
            o.dead_since_ms,
            std::string(o.reason),
            std::string(o.advice)};
}

std::string withReason(std::string_view reason) {
    return "{\"reason\":\"" + std::string(reason) + "\"}";
}

}  // namespace

TEST_CASE("each reason that Apple documents has its consequence") {
    using R = OutcomeResult;
    using S = RetryScope;
    struct Row {
        int status;
        const char* reason;
        R result;
        S scope = S::Device;
        std::uint32_t flags = 0;
    };
    const Row rows[] = {
        {400, "BadCollapseId", R::Rejected},
        {400, "BadDeviceToken", R::TokenForeign},
        {400, "BadExpirationDate", R::Rejected},
        {400, "BadMessageId", R::Rejected},
        {400, "BadPriority", R::Rejected},
        {400, "BadTopic", R::Rejected},
        {400, "DeviceTokenNotForTopic", R::TokenForeign},
        {400, "DuplicateHeaders", R::Rejected},
        {400, "IdleTimeout", R::Retry, S::Device, kNewConnection},
        {400, "InvalidPushType", R::Rejected},
        {400, "MissingDeviceToken", R::Rejected},
        {400, "MissingTopic", R::Rejected},
        {400, "PayloadEmpty", R::Rejected},
        {400, "TopicDisallowed", R::Credential, S::Credential},
        {403, "BadCertificate", R::Credential, S::Credential},
        {403, "BadCertificateEnvironment", R::Credential, S::Credential},
        {403, "BadEnvironmentKeyIdInToken", R::Credential, S::Credential},
        {403, "BadEnvironmentKeyInToken", R::Credential, S::Credential},
        {403, "ExpiredProviderToken", R::Reauthorize, S::Credential},
        {403, "Forbidden", R::Credential, S::Credential},
        {403, "InvalidProviderToken", R::Credential, S::Credential, kNewConnection},
        {403, "MissingProviderToken", R::Credential, S::Credential},
        {403, "UnrelatedKeyIdInToken", R::Credential, S::Credential, kNewConnection},
        {404, "BadPath", R::Rejected},
        {405, "MethodNotAllowed", R::Rejected},
        {410, "ExpiredToken", R::TokenDead},
        {410, "Unregistered", R::TokenDead},
        {413, "PayloadTooLarge", R::Rejected},
        {429, "TooManyProviderTokenUpdates", R::Retry, S::Credential},
        {429, "TooManyRequests", R::Retry, S::Device},
        {500, "InternalServerError", R::Retry, S::Origin, kNewConnection},
        {503, "ServiceUnavailable", R::Retry, S::Origin, kNewConnection},
        {503, "Shutdown", R::Retry, S::Device, kNewConnection},
    };
    std::set<std::string_view> covered;
    for (const Row& row : rows) {
        CAPTURE(row.reason);
        const Found found = classify(row.status, withReason(row.reason));
        CHECK(found.result == row.result);
        CHECK(found.scope == row.scope);
        CHECK(found.flags == row.flags);
        CHECK(found.reason == row.reason);
        CHECK_THAT(found.advice, Catch::EndsWith("."));
        covered.insert(row.reason);
    }
    for (const KnownReason& known : knownReasons()) CHECK(covered.count(known.reason) == 1);
}

TEST_CASE("200 is delivered") {
    const Found found = classify(200, "");
    CHECK(found.result == OutcomeResult::Delivered);
    CHECK(found.reason == "Success");
    CHECK(found.advice.empty());
}

TEST_CASE("no answer slows the origin down") {
    const Found found = classify(0, "");
    CHECK(found.result == OutcomeResult::Retry);
    CHECK(found.scope == RetryScope::Origin);
    CHECK(found.reason == "NoAnswer");
}

TEST_CASE("a status without a known reason means what HTTP and Apple say of it") {
    using R = OutcomeResult;
    const std::pair<int, R> statuses[] = {
        {100, R::Retry},    {204, R::Retry},      {301, R::Retry},    {400, R::Rejected},
        {401, R::Rejected}, {403, R::Credential}, {404, R::Rejected}, {405, R::Rejected},
        {408, R::Retry},    {413, R::Rejected},   {418, R::Rejected}, {421, R::Retry},
        {425, R::Retry},    {429, R::Retry},      {500, R::Retry},    {502, R::Retry},
        {503, R::Retry},    {504, R::Retry},      {599, R::Retry},
    };
    for (const auto& [status, result] : statuses)
        for (const std::string& body :
             {std::string(), withReason("NewlyInvented"), std::string("<html>")}) {
            CAPTURE(status, body);
            const Found found = classify(status, body);
            CHECK(found.result == result);
            CHECK(found.reason == "Unknown" + std::to_string(status));
        }
    CHECK(classify(502, "").scope == RetryScope::Origin);
    CHECK(classify(429, "").scope == RetryScope::Device);
    CHECK(classify(421, "").flags == kNewConnection);
}

TEST_CASE("a 410 is a dead token only with a reason in Apple's form") {
    CHECK(classify(410, withReason("NewlyInvented")).result == OutcomeResult::TokenDead);
    for (const char* body : {"", "<html>gone</html>", "not json", "{}", R"({"reason":7})",
                             R"({"reason":"Unregistered","timestamp":1e400})"}) {
        CAPTURE(body);
        const Found found = classify(410, body);
        CHECK(found.result == OutcomeResult::Retry);
        CHECK(found.scope == RetryScope::Device);
        CHECK(found.reason == "Unknown410");
        CHECK_THAT(found.advice, Contains("proxy"));
    }
}

TEST_CASE("a status that is none does not become a reason of its own") {
    for (const int status : {-1, 1, 99, 600, 2'147'483'647, -2'147'483'647})
        CHECK(classify(status, "").reason == "Unknown");
}

TEST_CASE("a reason counts only with a status of its kind") {
    CHECK(classify(500, withReason("Unregistered")).result == OutcomeResult::Retry);
    CHECK(classify(503, withReason("BadDeviceToken")).result == OutcomeResult::Retry);
    CHECK(classify(400, withReason("ServiceUnavailable")).result == OutcomeResult::Rejected);
    CHECK(classify(200, withReason("Unregistered")).result == OutcomeResult::Delivered);
    CHECK(classify(400, withReason("ExpiredProviderToken")).result == OutcomeResult::Reauthorize);
}

TEST_CASE("the time since when a token is dead comes from Apple's timestamp") {
    const auto since = [](const char* body) { return classify(410, body).dead_since_ms; };

    CHECK(since(R"({"reason":"Unregistered","timestamp":1700000000000})") == 1'700'000'000'000);
    CHECK(since(R"({"timestamp":1700000000000,"reason":"ExpiredToken"})") == 1'700'000'000'000);
    CHECK(since(R"({"reason":"Unregistered","timestamp":1.7e12})") == 1'700'000'000'000);
    CHECK(classify(400, R"({"reason":"BadDeviceToken","timestamp":1700000000000})").dead_since_ms ==
          0);
}

TEST_CASE("a timestamp of the wrong form is none") {
    for (const char* value : {"\"1700000000000\"", "null", "-5", "true", "99999999999999999999999",
                              "-1.5", "[1700000000000]", "{\"timestamp\":1700000000000}"}) {
        CAPTURE(value);
        const Found found =
            classify(410, R"({"reason":"Unregistered","timestamp":)" + std::string(value) + "}");
        CHECK(found.result == OutcomeResult::TokenDead);
        CHECK(found.dead_since_ms == 0);
    }
}

TEST_CASE("a body of garbage leaves the status to decide") {
    const std::string bodies[] = {
        "{",
        "[]",
        "\"Unregistered\"",
        "[{\"reason\":\"BadDeviceToken\"}]",
        "{\"reason\":7}",
        "{\"reason\":[\"BadDeviceToken\"]}",
        "{\"reason\":{\"reason\":\"BadDeviceToken\"}}",
        "{\"error\":{\"reason\":\"BadDeviceToken\"}}",
        "{\"reason\":\"BadDeviceToken\"} and more",
        "{\"reason\":\"BadDeviceToken\"",
        std::string("\x00\xff\xfe{", 4),
        "{\"reason\":\"" + std::string(3'000, 'B') + "\"}",
        "{\"reason\":\"BadDeviceToken\",\"x\":\"" + std::string(5'000, 'x') + "\"}",
        std::string(10'000'000, '['),
        std::string(4'000, '['),
    };
    for (const std::string& body : bodies) {
        CAPTURE(body.substr(0, 50));
        CHECK(classify(400, body).result == OutcomeResult::Rejected);
        CHECK(classify(400, body).reason == "Unknown400");
    }
}

TEST_CASE("a certificate whose token has expired has no token to renew") {
    CHECK(classify(403, withReason("ExpiredProviderToken"), {}, false).result ==
          OutcomeResult::Credential);
}

TEST_CASE("Retry-After is honoured on every retry and only there") {
    CHECK(classify(503, withReason("ServiceUnavailable"), "5").retry_after_ms == 5'000);
    CHECK(classify(429, withReason("TooManyRequests"), "1.5").retry_after_ms == 1'500);
    CHECK(classify(429, withReason("TooManyProviderTokenUpdates"), "60").retry_after_ms == 60'000);
    CHECK(classify(503, "", "Thu, 01 Jan 2026 00:00:30 GMT").retry_after_ms == 30'000);
    CHECK(classify(400, withReason("BadTopic"), "5").retry_after_ms == 0);
    CHECK(classify(503, "").retry_after_ms == 0);
}

TEST_CASE("a token that came too soon is tried again each minute, since Apple names no time") {
    CHECK(classify(429, withReason("TooManyProviderTokenUpdates")).retry_after_ms == 60'000);
    CHECK(classify(429, withReason("TooManyRequests")).retry_after_ms == 0);
}

TEST_CASE("the advice says what to do") {
    CHECK_THAT(classify(403, withReason("ExpiredProviderToken")).advice, Contains("clock"));
    CHECK_THAT(classify(403, withReason("BadEnvironmentKeyIdInToken")).advice,
               Contains("other environment"));
    CHECK_THAT(classify(400, withReason("TopicDisallowed")).advice, Contains("bundle id"));
    CHECK_THAT(classify(403, withReason("InvalidProviderToken")).advice,
               Contains("key-id and team-id"));
}

TEST_CASE("an answer of a machine between the gateway and Apple is no answer of Apple's") {
    const char* const pages[] = {"<html>Log in to the hotel's network</html>",
                                 "Access denied by policy 7",
                                 "[]",
                                 "\"blocked\"",
                                 "{\"reason\":\"BadDeviceToken\"",
                                 "\xff\xfe{"};
    for (const int status : {200, 302, 400, 401, 403, 404, 405, 407, 410, 413, 418, 429})
        for (const char* page : pages) {
            CAPTURE(status, page);
            const Found found = classify(status, page, "60", true, {});
            CHECK(found.result == OutcomeResult::Retry);
            CHECK(found.scope == RetryScope::Origin);
            CHECK(found.flags == kNewConnection);
            CHECK(found.reason == "Intercepted" + std::to_string(status));
            CHECK(found.retry_after_ms == 0);
            CHECK_THAT(found.advice, Contains("TLS inspection"));
        }
    for (const int status : {407, 511})
        CHECK(classify(status, "", {}, true, {}).reason == "Intercepted" + std::to_string(status));
}

TEST_CASE("in doubt an answer is Apple's") {
    using R = OutcomeResult;
    struct Row {
        int status;
        const char* body;
        const char* apns_id;
        R result;
    };
    const Row rows[] = {
        {200, "", "", R::Delivered},
        {200, "{}", "", R::Delivered},
        {200, "<html>", kId, R::Delivered},
        {403, "", "", R::Credential},
        {404, R"({"reason":"BadPath"})", "", R::Rejected},
        {404, R"({"error":"not found"})", "", R::Rejected},
        {410, R"({"reason":"Unregistered"})", "", R::TokenDead},
        {400, "<html>", kId, R::Rejected},
        {407, "", kId, R::Rejected},
    };
    for (const Row& row : rows) {
        CAPTURE(row.status, row.body, row.apns_id);
        CHECK(classify(row.status, row.body, {}, true, row.apns_id).result == row.result);
    }
}

TEST_CASE("a page with a status of trouble is tried again as any trouble, whoever wrote it") {
    for (const char* id : {"", kId}) {
        const Found found = classify(502, "<html>Bad Gateway</html>", "7", true, id);
        CHECK(found.result == OutcomeResult::Retry);
        CHECK(found.reason == "Unknown502");
        // The page of a proxy says nothing on when Apple is there again.
        CHECK(found.retry_after_ms == (*id != '\0' ? 7'000 : 0));
        CHECK_THAT(found.advice, Contains("proxy"));
    }
}
