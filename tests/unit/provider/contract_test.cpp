// SPDX-License-Identifier: Apache-2.0
#include "provider/contract.h"

#include <catch2/catch.hpp>

#include <limits>

#include "plugin/text.h"

using namespace postbell;
using namespace postbell::provider;
using namespace std::chrono_literals;

namespace {

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

postbell_outcome outcome(std::uint32_t result) {
    postbell_outcome raw{};
    raw.size = sizeof raw;
    raw.result = result;
    return raw;
}

}  // namespace

TEST_CASE("a push has every field of the contract", "[provider]") {
    Push push;
    push.kind = PushKind::NewMail;
    push.style = store::Style::Alert;
    push.urgency = Urgency::High;
    push.environment = store::Environment::Sandbox;
    push.id = "id";
    push.token = "token";
    push.app = "app";
    push.platform = "ios";
    push.registration = "registration";
    push.unread = 3;
    push.badge = 4;
    push.attempt = 5;
    push.expires = util::fromMs(6);
    const std::vector<std::pair<std::string, std::string>> settings{{"topic", "mail"}};
    push.settings = settings;
    std::vector<postbell_header> raw_settings(7);  // of the push before
    const postbell_push raw = rawPush(push, raw_settings);
    CHECK(raw.size == sizeof raw);
    CHECK(raw.kind == POSTBELL_PUSH_NEW_MAIL);
    CHECK(raw.style == POSTBELL_STYLE_ALERT);
    CHECK(raw.urgency == POSTBELL_URGENCY_HIGH);
    CHECK(raw.environment == POSTBELL_ENVIRONMENT_SANDBOX);
    CHECK(plugin::view(raw.id) == "id");
    CHECK(plugin::view(raw.token) == "token");
    CHECK(plugin::view(raw.app) == "app");
    CHECK(plugin::view(raw.platform) == "ios");
    CHECK(plugin::view(raw.registration) == "registration");
    CHECK(raw.unread == 3);
    CHECK(raw.badge == 4);
    CHECK(raw.attempt == 5);
    CHECK(raw.expires_ms == 6);
    REQUIRE(raw.setting_count == 1);
    CHECK(plugin::view(raw.settings[0].name) == "topic");
    CHECK(plugin::view(raw.settings[0].value) == "mail");
}

TEST_CASE("results and scopes of the contract, and those that it does not know", "[provider]") {
    using Result = Outcome::Result;
    const std::pair<std::uint32_t, Result> kResults[] = {
        {POSTBELL_OUTCOME_DELIVERED, Result::Delivered},
        {POSTBELL_OUTCOME_RETRY, Result::Retry},
        {POSTBELL_OUTCOME_TOKEN_DEAD, Result::TokenDead},
        {POSTBELL_OUTCOME_TOKEN_FOREIGN, Result::TokenForeign},
        {POSTBELL_OUTCOME_CREDENTIAL, Result::CredentialRefused},
        {POSTBELL_OUTCOME_REAUTHORIZE, Result::Reauthorize},
        {POSTBELL_OUTCOME_REJECTED, Result::Rejected},
    };
    for (const auto& [raw, result] : kResults) CHECK(outcomeOf(outcome(raw))->result == result);
    for (const std::uint32_t unknown : {0u, 8u, 1'000'000u, 0xffff'ffffu})
        CHECK_FALSE(outcomeOf(outcome(unknown)).has_value());

    postbell_outcome raw = outcome(POSTBELL_OUTCOME_RETRY);
    CHECK(outcomeOf(raw)->scope == Outcome::Scope::Device);
    raw.scope = POSTBELL_SCOPE_CREDENTIAL;
    CHECK(outcomeOf(raw)->scope == Outcome::Scope::Credential);
    raw.scope = POSTBELL_SCOPE_ORIGIN;
    CHECK(outcomeOf(raw)->scope == Outcome::Scope::Origin);
    raw.scope = 77;
    CHECK(outcomeOf(raw)->scope == Outcome::Scope::Device);
}

TEST_CASE("an outcome has every field of the contract", "[provider]") {
    postbell_outcome raw = outcome(POSTBELL_OUTCOME_TOKEN_DEAD);
    raw.flags = POSTBELL_OUTCOME_NEW_CONNECTION;
    raw.retry_after_ms = 1'500;
    raw.backoff_ms = 2'500;
    raw.dead_since_ms = 3'500;
    raw.reason = text("Unregistered");
    raw.advice = text("Nothing to do.");
    const Outcome found = outcomeOf(raw).value();
    CHECK(found.new_connection);
    CHECK(found.retry_after == 1'500ms);
    CHECK(found.backoff == 2'500ms);
    CHECK(found.dead_since == util::fromMs(3'500));
    CHECK(found.reason == "Unregistered");
    CHECK(found.advice == "Nothing to do.");
    CHECK_FALSE(outcomeOf(outcome(POSTBELL_OUTCOME_RETRY))->new_connection);
}

TEST_CASE("garbage in an outcome does no harm", "[provider]") {
    postbell_outcome raw = outcome(POSTBELL_OUTCOME_RETRY);
    raw.retry_after_ms = std::numeric_limits<std::int64_t>::max();
    raw.backoff_ms = std::numeric_limits<std::int64_t>::min();
    raw.dead_since_ms = -1;
    raw.reason = text("a word\nthat is a line");
    raw.advice = text("two\r\nlines \xff");
    const Outcome found = outcomeOf(raw).value();
    CHECK(found.retry_after == 24h);
    CHECK(found.backoff == 0ms);
    CHECK_FALSE(util::isSet(found.dead_since));
    CHECK(found.reason == "unreadable");
    CHECK(found.advice == "two  lines ?");
    const std::string endless(60'000, 'x');
    raw.reason = raw.advice = text(endless);
    CHECK(outcomeOf(raw)->reason == "unreadable");
    CHECK(outcomeOf(raw)->advice.size() == 1'024);
    raw.reason = raw.advice = {nullptr, 5};
    CHECK(outcomeOf(raw)->reason.empty());
    CHECK(outcomeOf(raw)->advice.empty());
}

TEST_CASE("an outcome's texts of absurd lengths are not read", "[provider]") {
    postbell_outcome raw = outcome(POSTBELL_OUTCOME_RETRY);
    raw.reason = raw.advice = {"x", std::size_t{1} << 40};
    CHECK(outcomeOf(raw)->reason == "unreadable");
    CHECK_THAT(outcomeOf(raw)->advice, Catch::Contains("not read"));
}
