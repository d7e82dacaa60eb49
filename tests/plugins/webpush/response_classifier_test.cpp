// SPDX-License-Identifier: Apache-2.0
#include "response_classifier.h"

#include <catch2/catch.hpp>

#include <postbell/testing/fake_answers.hpp>

using namespace postbell;
using namespace postbell::webpush;
using Result = OutcomeResult;
using Scope = RetryScope;
using postbell::testing::FakeAnswer;

namespace {

constexpr std::int64_t kNow = 1'767'225'600'000;

struct Seen {
    Result result;
    Scope scope;
    std::string reason, advice;
    std::int64_t retry_after_ms, backoff_ms;
    bool new_connection;
};

Seen classified(int status, const std::string& body = "", const std::string& retry_after = "") {
    ResponseClassifier classifier;
    FakeAnswer answer;
    answer.status = status;
    answer.body = body;
    if (!retry_after.empty()) answer.headers = {{"retry-after", retry_after}};
    const postbell_response raw = answer.raw();
    const Outcome outcome = classifier.classify(Response(raw), kNow);
    return {outcome.result,
            outcome.scope,
            std::string(outcome.reason),
            std::string(outcome.advice),
            outcome.retry_after_ms,
            outcome.backoff_ms,
            (outcome.flags & POSTBELL_OUTCOME_NEW_CONNECTION) != 0};
}

constexpr char kPage[] = "<!DOCTYPE html><title>Sign in</title>";

}  // namespace

TEST_CASE("a push that the server took is delivered") {
    for (const int status : {200, 201, 202, 204}) {
        CHECK(classified(status).result == Result::Delivered);
        CHECK(classified(status).reason == "Success");
    }
    CHECK(classified(200, R"({"id":"x","event":"message"})").result == Result::Delivered);
    CHECK(classified(200, "ok").result == Result::Delivered);
    CHECK(classified(201, kPage).result == Result::Delivered);
}

TEST_CASE("a subscription that ended is dead") {
    CHECK(classified(404).result == Result::TokenDead);
    CHECK(classified(404, R"({"code":404,"errno":102})").result == Result::TokenDead);
    CHECK(classified(410).result == Result::TokenDead);
    CHECK(classified(410, "push subscription has unsubscribed or expired.\n").reason == "Gone");
    CHECK(classified(410, kPage).result == Result::TokenDead);
}

TEST_CASE("a web page is no push server's word") {
    for (const int status : {200, 400, 403, 404, 413, 429}) {
        const Seen seen = classified(status, std::string("\r\n ") + kPage, "3600");
        CHECK(seen.result == Result::Retry);
        CHECK(seen.scope == Scope::Device);
        CHECK(seen.reason == "Intercepted" + std::to_string(status));
        CHECK(seen.retry_after_ms == 0);
    }
    for (const int status : {407, 511}) CHECK(classified(status).result == Result::Retry);
}

TEST_CASE("a refused VAPID token is the credential's, another key the subscription's") {
    CHECK(classified(401).result == Result::Credential);
    CHECK(classified(403).result == Result::TokenForeign);
    CHECK(classified(403, R"({"reason":"BadJwtToken"})").result == Result::Credential);
    CHECK(classified(400, R"({"reason":"VapidPkHashMismatch"})").result == Result::TokenForeign);
    CHECK(refusesVapid(401));
    CHECK(refusesVapid(403));
    CHECK_FALSE(refusesVapid(400));
}

TEST_CASE("a push that the server does not accept is dropped") {
    CHECK(classified(400).result == Result::Rejected);
    CHECK(classified(400).reason == "BadRequest");
    CHECK(classified(413).reason == "TooLarge");
    CHECK(classified(413).result == Result::Rejected);
    CHECK(classified(405).result == Result::Rejected);
    CHECK(classified(418).reason == "Status418");
}

TEST_CASE("a subscription that gets too much waits as long as its server says") {
    for (const int status : {406, 429}) {
        CHECK(classified(status).result == Result::Retry);
        CHECK(classified(status).scope == Scope::Device);
        CHECK(classified(status).backoff_ms == 60'000);
        CHECK(classified(status, "", "120").retry_after_ms == 120'000);
        CHECK(classified(status, "", "Thu, 01 Jan 2026 00:01:00 GMT").retry_after_ms == 60'000);
        CHECK(classified(status, "", "soon").retry_after_ms == 0);
    }
}

TEST_CASE("a server in trouble is tried again, over another connection") {
    for (const int status : {500, 502, 503, 504, 599}) {
        const Seen seen = classified(status, kPage);
        CHECK(seen.result == Result::Retry);
        CHECK(seen.scope == Scope::Origin);
        CHECK(seen.new_connection);
    }
    CHECK(classified(503, "", "30").retry_after_ms == 30'000);
    CHECK(classified(503, kPage, "30").retry_after_ms == 0);
    for (const int status : {408, 421, 425}) CHECK(classified(status).new_connection);
}

TEST_CASE("a redirect is followed by nobody, and drops nothing") {
    for (const int status : {301, 307, 308}) {
        CHECK(classified(status).result == Result::Retry);
        CHECK(classified(status).scope == Scope::Device);
        CHECK(classified(status).reason == "Redirect");
    }
}

TEST_CASE("no answer is the server's trouble") {
    CHECK(classified(0).result == Result::Retry);
    CHECK(classified(0).scope == Scope::Origin);
    CHECK(classified(0).reason == "NoAnswer");
}

TEST_CASE("reasons are from a closed set, whatever the server writes") {
    for (const char* body : {"", "{", "[]", R"({"reason":"<script>"})", R"({"reason":5})", kPage})
        for (int status = 0; status < 700; ++status) {
            const Seen seen = classified(status, body);
            CHECK_FALSE(seen.reason.empty());
            CHECK(seen.reason.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                                                "wxyz0123456789") == std::string::npos);
        }
}
