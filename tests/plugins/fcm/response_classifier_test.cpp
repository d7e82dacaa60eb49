// SPDX-License-Identifier: Apache-2.0
#include "response_classifier.h"

#include <catch2/catch.hpp>

#include "test_accounts.h"

using namespace postbell;
using namespace postbell::fcm;
using namespace postbell::fcm::testing;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

json detailOf(const char* type, json members) {
    members["@type"] = std::string("type.googleapis.com/") + type;
    return members;
}

json fcmError(const char* code) {
    return detailOf("google.firebase.fcm.v1.FcmError", {{"errorCode", code}});
}

json badField(const char* field) {
    return detailOf("google.rpc.BadRequest",
                    {{"fieldViolations", {{{"field", field}, {"description", "Invalid"}}}}});
}

json quotaOf(const char* subject, const char* description) {
    return detailOf("google.rpc.QuotaFailure",
                    {{"violations", {{{"subject", subject}, {"description", description}}}}});
}

std::string errorOf(int code, const char* status, const char* message, const json& details) {
    return json{
        {"error", {{"code", code}, {"status", status}, {"message", message}, {"details", details}}}}
        .dump();
}

/// The classifier is kept, since an outcome's texts may live in it.
struct Classified {
    ResponseClassifier classifier;
    Outcome outcome;

    Classified(int status, const std::string& body, const std::string& retry_after = "") {
        const postbell_header header{str("retry-after"), str(retry_after), 0};
        postbell_response raw{};
        raw.size = sizeof raw;
        raw.status = status;
        raw.headers = &header;
        raw.header_count = retry_after.empty() ? 0 : 1;
        raw.body = bytes(body);
        outcome = classifier.classify(Response(raw), kNow);
    }
};

}  // namespace

TEST_CASE("every answer that Google documents has its consequence") {
    struct Row {
        int status;
        const char* name;
        json details;
        OutcomeResult result;
        RetryScope scope;
        const char* reason;
        std::int64_t backoff_ms = 0;
        const char* message = "said by Google";
    };
    const json none = json::array();
    const Row rows[] = {
        {400,
         "INVALID_ARGUMENT",
         {fcmError("INVALID_ARGUMENT"), badField("message.token")},
         OutcomeResult::TokenDead,
         RetryScope::Device,
         "INVALID_ARGUMENT/token"},
        {400, "INVALID_ARGUMENT", json::array({fcmError("INVALID_ARGUMENT")}),
         OutcomeResult::TokenDead, RetryScope::Device, "INVALID_ARGUMENT/token", 0,
         "The registration token is not a valid FCM registration token"},
        {400, "INVALID_ARGUMENT", json::array({fcmError("INVALID_ARGUMENT")}),
         OutcomeResult::Rejected, RetryScope::Device, "INVALID_ARGUMENT"},
        {400, "INVALID_ARGUMENT", json::array({badField("message.android.ttl")}),
         OutcomeResult::Rejected, RetryScope::Device, "INVALID_ARGUMENT"},
        {401, "UNAUTHENTICATED", json::array({fcmError("THIRD_PARTY_AUTH_ERROR")}),
         OutcomeResult::Credential, RetryScope::Credential, "THIRD_PARTY_AUTH_ERROR"},
        {401, "UNAUTHENTICATED", none, OutcomeResult::Reauthorize, RetryScope::Credential,
         "UNAUTHENTICATED"},
        {403, "PERMISSION_DENIED", json::array({fcmError("SENDER_ID_MISMATCH")}),
         OutcomeResult::TokenForeign, RetryScope::Device, "SENDER_ID_MISMATCH"},
        {403, "PERMISSION_DENIED", none, OutcomeResult::Credential, RetryScope::Credential,
         "PERMISSION_DENIED"},
        {403, "PERMISSION_DENIED",
         json::array({detailOf("google.rpc.ErrorInfo", {{"reason", "SERVICE_DISABLED"}})}),
         OutcomeResult::Credential, RetryScope::Credential, "PERMISSION_DENIED/SERVICE_DISABLED"},
        {403, "PERMISSION_DENIED",
         json::array({detailOf("google.rpc.ErrorInfo", {{"reason", "IAM_PERMISSION_DENIED"}})}),
         OutcomeResult::Credential, RetryScope::Credential,
         "PERMISSION_DENIED/IAM_PERMISSION_DENIED"},
        {404, "NOT_FOUND", json::array({fcmError("UNREGISTERED")}), OutcomeResult::TokenDead,
         RetryScope::Device, "UNREGISTERED"},
        {404, "NOT_FOUND", none, OutcomeResult::TokenForeign, RetryScope::Device, "NOT_FOUND"},
        {429, "RESOURCE_EXHAUSTED", json::array({fcmError("QUOTA_EXCEEDED")}), OutcomeResult::Retry,
         RetryScope::Credential, "QUOTA_EXCEEDED", 60'000},
        {429, "RESOURCE_EXHAUSTED", none, OutcomeResult::Retry, RetryScope::Credential,
         "QUOTA_EXCEEDED", 60'000},
        {429,
         "RESOURCE_EXHAUSTED",
         {fcmError("QUOTA_EXCEEDED"), quotaOf("project:1", "Device message rate exceeded.")},
         OutcomeResult::Retry,
         RetryScope::Device,
         "QUOTA_EXCEEDED/device",
         60'000},
        {429,
         "RESOURCE_EXHAUSTED",
         {fcmError("QUOTA_EXCEEDED"), quotaOf("device:abc", "")},
         OutcomeResult::Retry,
         RetryScope::Device,
         "QUOTA_EXCEEDED/device",
         60'000},
        {429,
         "RESOURCE_EXHAUSTED",
         {fcmError("QUOTA_EXCEEDED"), quotaOf("project:1", "Messages")},
         OutcomeResult::Retry,
         RetryScope::Credential,
         "QUOTA_EXCEEDED",
         60'000},
        {500, "INTERNAL", json::array({fcmError("INTERNAL")}), OutcomeResult::Retry,
         RetryScope::Origin, "INTERNAL", 10'000},
        {500, "INTERNAL", none, OutcomeResult::Retry, RetryScope::Origin, "INTERNAL", 10'000},
        {503, "UNAVAILABLE", json::array({fcmError("UNAVAILABLE")}), OutcomeResult::Retry,
         RetryScope::Origin, "UNAVAILABLE", 10'000},
        {503, "UNAVAILABLE", none, OutcomeResult::Retry, RetryScope::Origin, "UNAVAILABLE", 10'000},
    };
    for (const Row& row : rows) {
        CAPTURE(row.status, row.name, row.details.dump());
        const Classified got(row.status, errorOf(row.status, row.name, row.message, row.details));
        CHECK(got.outcome.result == row.result);
        CHECK(got.outcome.scope == row.scope);
        CHECK(got.outcome.reason == row.reason);
        CHECK(got.outcome.backoff_ms == row.backoff_ms);
        CHECK_FALSE(got.outcome.advice.empty());
    }
}

TEST_CASE("200 is delivered if FCM says which message it took") {
    for (const char* body :
         {R"({"name":"projects/p/messages/0:1"})",
          "{\n  \"name\": \"projects/p/messages/0:1500415314455276%31bd1c9631bd1c96\"\n}\n"}) {
        const Classified got(200, body);
        CHECK(got.outcome.result == OutcomeResult::Delivered);
        CHECK(got.outcome.reason == "Success");
    }
}

TEST_CASE("200 that names no message is retried") {
    for (const char* body : {"", R"({"status":"ok"})"}) {
        CAPTURE(body);
        const Classified got(200, body);
        CHECK(got.outcome.result == OutcomeResult::Retry);
        CHECK(got.outcome.scope == RetryScope::Origin);
        CHECK(got.outcome.reason == "Unknown200");
        CHECK_THAT(std::string(got.outcome.advice), Contains("proxy"));
    }
}

TEST_CASE("an answer of a machine between the gateway and FCM is no answer of FCM's") {
    const char* const pages[] = {"<html><body>Welcome to the hotel's network</body></html>",
                                 "Forbidden by a proxy",
                                 "the registration token",
                                 "[]",
                                 "\"blocked\"",
                                 "<p>{\"name\":\"projects/p/messages/0:1\"}</p>",
                                 R"({"name":"projects/p/messages/0:1")"};
    for (const int status : {200, 302, 400, 401, 403, 404, 407, 413, 418, 429})
        for (const char* page : pages) {
            CAPTURE(status, page);
            const Classified got(status, page);
            CHECK(got.outcome.result == OutcomeResult::Retry);
            CHECK(got.outcome.scope == RetryScope::Origin);
            CHECK(got.outcome.flags == POSTBELL_OUTCOME_NEW_CONNECTION);
            CHECK(got.outcome.reason == "Intercepted" + std::to_string(status));
            CHECK_THAT(std::string(got.outcome.advice), Contains("TLS inspection"));
        }
    for (const int status : {407, 511})
        CHECK(Classified(status, "").outcome.reason == "Intercepted" + std::to_string(status));
}

TEST_CASE("a page with a status of trouble does not say when FCM is there again") {
    CHECK(Classified(503, "<html>Bad Gateway</html>", "7").outcome.retry_after_ms == 0);
    CHECK(Classified(503, "{}", "7").outcome.retry_after_ms == 7'000);
    CHECK(Classified(503, "", "7").outcome.retry_after_ms == 7'000);
}

TEST_CASE("in doubt an answer is FCM's") {
    CHECK(Classified(401, "").outcome.result == OutcomeResult::Reauthorize);
    CHECK(Classified(403, "{}").outcome.result == OutcomeResult::Credential);
    CHECK(Classified(400, "{}").outcome.result == OutcomeResult::Rejected);
    CHECK(Classified(502, "<html>Error 502 (Server Error)!!1</html>").outcome.reason ==
          "Unknown502");
}

TEST_CASE("Apple's word on a device behind FCM means what it means on APNs") {
    const auto apns = [](int status, const char* reason) {
        return detailOf("google.firebase.fcm.v1.ApnsError",
                        {{"statusCode", status}, {"reason", reason}});
    };
    const auto classified = [&](const json& apple) {
        return Classified(400,
                          errorOf(400, "INVALID_ARGUMENT", "Request contains an invalid argument.",
                                  json::array({fcmError("INVALID_ARGUMENT"), apple})))
            .outcome.result;
    };
    SECTION("fcm-400-apnserror-baddevicetoken") {
        CHECK(classified(apns(400, "BadDeviceToken")) == OutcomeResult::TokenForeign);
    }
    CHECK(classified(apns(400, "DeviceTokenNotForTopic")) == OutcomeResult::TokenForeign);
    CHECK(classified(apns(410, "Unregistered")) == OutcomeResult::TokenDead);
    CHECK(classified(apns(413, "PayloadTooLarge")) == OutcomeResult::Rejected);
}

TEST_CASE("no answer is retried and is the origin's doing") {
    const Classified got(0, "");
    CHECK(got.outcome.result == OutcomeResult::Retry);
    CHECK(got.outcome.scope == RetryScope::Origin);
    CHECK(got.outcome.reason == "NoAnswer");
}

TEST_CASE("what is not Google's word kills no token") {
    const std::string html = "<!DOCTYPE html><title>Error 404 (Not Found)</title>";
    CHECK(Classified(404, html).outcome.result == OutcomeResult::Retry);
    CHECK(Classified(404, "").outcome.result == OutcomeResult::Retry);
    CHECK(Classified(400, R"({"error":{"message":"registration token"}})").outcome.result ==
          OutcomeResult::Rejected);
    CHECK(Classified(410, errorOf(410, "X", "gone", json::array())).outcome.result ==
          OutcomeResult::Rejected);
    CHECK(Classified(503, errorOf(503, "UNAVAILABLE", "x", json::array({fcmError("UNREGISTERED")})))
              .outcome.result == OutcomeResult::Retry);
}

TEST_CASE("an unknown answer goes by its status") {
    const Classified teapot(418, "{}");
    CHECK(teapot.outcome.result == OutcomeResult::Rejected);
    CHECK(teapot.outcome.reason == "Unknown418");
    CHECK(Classified(502, "").outcome.result == OutcomeResult::Retry);
    CHECK(Classified(502, "").outcome.scope == RetryScope::Origin);
    CHECK(Classified(302, "").outcome.result == OutcomeResult::Retry);
    CHECK(Classified(408, "").outcome.flags == POSTBELL_OUTCOME_NEW_CONNECTION);
    CHECK(Classified(999, "").outcome.reason == "Unknown");
    CHECK(Classified(400, errorOf(400, "FAILED_PRECONDITION", "x", json::array())).outcome.result ==
          OutcomeResult::Rejected);
}

TEST_CASE("trouble of a server of Google's is left for another connection") {
    for (const int status : {500, 502, 503})
        CHECK(Classified(status, "").outcome.flags == POSTBELL_OUTCOME_NEW_CONNECTION);
    CHECK(Classified(429, "").outcome.flags == 0);
}

TEST_CASE("Retry-After and RetryInfo are honoured on every retry and only there") {
    const auto body = [](const json& details) {
        return errorOf(429, "RESOURCE_EXHAUSTED", "slow down", details);
    };
    const json info = detailOf("google.rpc.RetryInfo", {{"retryDelay", "7.5s"}});
    CHECK(Classified(429, "", "120").outcome.retry_after_ms == 120'000);
    CHECK(Classified(503, "", "Thu, 01 Jan 2026 00:00:30 GMT").outcome.retry_after_ms == 30'000);
    CHECK(Classified(429, body(json::array({info}))).outcome.retry_after_ms == 7'500);
    CHECK(Classified(429, body(json::array({info})), "5").outcome.retry_after_ms == 7'500);
    CHECK(Classified(429, body(json::array({info})), "9").outcome.retry_after_ms == 9'000);
    CHECK(Classified(500, "").outcome.retry_after_ms == 0);
    CHECK(Classified(400, "", "5").outcome.retry_after_ms == 0);
    CHECK(Classified(401, "", "5").outcome.retry_after_ms == 0);
}

TEST_CASE("hostile bodies are read in bounded time and lead to no harm") {
    const std::string deep = std::string(20'000, '[') + std::string(20'000, ']');
    json many = json::array();
    for (int i = 0; i < 500; ++i) many.push_back(i);
    const std::string bodies[] = {
        deep,
        "{\"error\":" + deep + "}",
        "{\"error\":{\"details\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}}",
        errorOf(404, "NOT_FOUND", "x", many),
        R"({"error":{"details":{"@type":"google.firebase.fcm.v1.FcmError"}}})",
        R"({"error":{"details":[{"@type":7,"errorCode":"UNREGISTERED"}]}})",
        R"({"error":{"details":[{"@type":"evil","errorCode":"UNREGISTERED"}]}})",
        std::string(200'000, ' ') + errorOf(404, "NOT_FOUND", "x", {fcmError("UNREGISTERED")}),
        "\xff\xfe{",
    };
    for (const std::string& body : bodies) {
        CAPTURE(body.substr(0, 60));
        CHECK(Classified(404, body).outcome.result != OutcomeResult::TokenDead);
    }
}

TEST_CASE("the advice says what to do and where") {
    const auto advice = [](int status, const json& details) {
        return std::string(Classified(status, errorOf(status, "X", "x", details)).outcome.advice);
    };
    CHECK_THAT(advice(401, json::array({fcmError("THIRD_PARTY_AUTH_ERROR")})),
               Contains("Firebase console") && Contains("APNs"));
    CHECK_THAT(advice(401, json::array()), Contains("clock"));
    CHECK_THAT(advice(403, json::array()), Contains("role"));
    CHECK_THAT(advice(403, json::array({fcmError("SENDER_ID_MISMATCH")})), Contains("project"));
}
