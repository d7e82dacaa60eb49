// SPDX-License-Identifier: Apache-2.0
#include "plugin/authorization.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace postbell;
using namespace postbell::plugin;
using namespace std::chrono_literals;
using Kind = AuthorizationAnswer::Kind;

namespace {

const util::WallTime kNow = util::fromMs(1'700'000'000'000);

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

AuthorizationAnswer answer(postbell_status status, const postbell_authorization& raw) {
    return authorizationAnswer(status, raw, "nothing was told");
}

}  // namespace

TEST_CASE("a header with its times", "[plugin]") {
    postbell_authorization raw{};
    raw.header = {text("authorization"), text("bearer x"), 0};
    raw.renew_ms = util::toMs(kNow + 50min);
    raw.expires_ms = util::toMs(kNow + 60min);
    raw.not_renewed_before_ms = util::toMs(kNow + 20min);
    const AuthorizationAnswer given = answer(POSTBELL_OK, raw);
    REQUIRE(given.kind == Kind::Given);
    CHECK(given.authorization.name == "authorization");
    CHECK(given.authorization.value == "bearer x");
    CHECK(given.authorization.renew == kNow + 50min);
    CHECK(given.authorization.expires == kNow + 60min);
    CHECK(given.authorization.not_renewed_before == kNow + 20min);
    CHECK_FALSE(given.authorization.none_needed);
    CHECK(answer(POSTBELL_OK, {}).authorization.none_needed);
}

TEST_CASE("a refusal, an exchange, and an authorization that cannot be had now", "[plugin]") {
    postbell_authorization raw{};
    raw.problem = text("the secret is wrong");
    CHECK(answer(POSTBELL_OK, raw).kind == Kind::Refused);
    CHECK(answer(POSTBELL_OK, raw).problem == "the secret is wrong");

    // Of EAGAIN and of every other error alike.
    for (const postbell_status status :
         std::initializer_list<postbell_status>{POSTBELL_EAGAIN, POSTBELL_EINTERNAL, -99}) {
        raw.retry_after_ms = 5'000;
        CHECK(answer(status, raw).kind == Kind::NotNow);
        CHECK(answer(status, raw).problem == "the secret is wrong");
        CHECK(answer(status, raw).retry_after == 5s);
        CHECK(answer(status, {}).problem == "nothing was told");
    }

    postbell_http_request request{};
    request.method = text("POST");
    request.path = text("/token");
    raw = {};
    raw.exchange = &request;
    CHECK(answer(POSTBELL_OK, raw).kind == Kind::Exchange);
    CHECK(answer(POSTBELL_OK, raw).exchange.path == "/token");
}

TEST_CASE("garbage in an authorization does no harm", "[plugin]") {
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
    postbell_authorization raw{};
    raw.header = {text("authorization"), text("x"), 0};
    raw.not_renewed_before_ms = kMax;
    raw.renew_ms = -5;
    CHECK(answer(POSTBELL_OK, raw).authorization.not_renewed_before > kNow);
    CHECK_FALSE(util::isSet(answer(POSTBELL_OK, raw).authorization.renew));
    raw.retry_after_ms = kMax;
    CHECK(answer(POSTBELL_EAGAIN, raw).retry_after == 1h);
    raw.retry_after_ms = -kMax;
    CHECK(answer(POSTBELL_EAGAIN, raw).retry_after == 0ms);

    raw.header.value = text("x\r\nevil: y");
    CHECK(answer(POSTBELL_OK, raw).kind == Kind::NotNow);
    CHECK_THAT(answer(POSTBELL_OK, raw).problem, Catch::Contains("\"authorization\""));
    postbell_http_request request{};
    request.method = text("post");
    raw.exchange = &request;
    CHECK(answer(POSTBELL_OK, raw).kind == Kind::NotNow);
    CHECK_THAT(answer(POSTBELL_OK, raw).problem, Catch::Contains("method"));
}

TEST_CASE("an authorization of an absurd length is a breach, and not read", "[plugin]") {
    constexpr std::size_t kAbsurd = std::size_t{1} << 40;
    postbell_authorization raw{};
    raw.header = {text("authorization"), {"x", kAbsurd}, 0};
    CHECK(answer(POSTBELL_OK, raw).kind == Kind::NotNow);
    CHECK(answer(POSTBELL_OK, raw).breach);

    postbell_http_request request{};
    request.method = text("POST");
    request.path = text("/token");
    request.body = {reinterpret_cast<const std::uint8_t*>("x"), kAbsurd};
    raw = {};
    raw.exchange = &request;
    CHECK(answer(POSTBELL_OK, raw).breach);
    CHECK_THAT(answer(POSTBELL_OK, raw).problem, Catch::Contains("the body"));

    raw = {};
    raw.problem = {"x", kAbsurd};
    CHECK_THAT(answer(POSTBELL_EAGAIN, raw).problem, Catch::Contains("not read"));
}
