// SPDX-License-Identifier: Apache-2.0
#include "provider/credential_authorizer.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>
#include <vector>

#include "engine/loop.h"
#include "engine/pool.h"
#include "support/fake_provider.h"

using namespace postbell;
using namespace postbell::provider;
using namespace std::chrono_literals;
using testing::text;
using Authorized = CredentialAuthorizer::Authorized;

namespace {

/// The connection is refused some time or other; only the test answers.
struct UnheardSink final : engine::AnswerSink {
    void answered(std::uint64_t, const engine::Answer&) override {}
    void ready() override {}
};

/// A credential that needs an exchange. Its authorization server is the test.
struct Bench : testing::FakeProvider {
    Bench() {
        request.method = text("POST");
        request.path = text("/token");
        request.origin = text("https://push.example.com");
        script.authorize = [this](std::int64_t, postbell_authorization& out) {
            out.exchange = &request;
            return POSTBELL_OK;
        };
        script.authorized = [this](const postbell_response& response, postbell_authorization& out) {
            if (response.status != 200) return POSTBELL_EAGAIN;
            out.header = {text("authorization"), text("bearer x"), 0};
            out.expires_ms = util::toMs(bench.clock.wall() + 24h);
            out.not_renewed_before_ms = not_renewed_before_ms;
            return POSTBELL_OK;
        };
        loop.runAndWait([this] {
            opened.emplace(*provider, CredentialUpload(), "");
            authorizer.emplace(*opened, hooks(), store::StoredAuthorization(), bench.clock);
        });
    }
    ~Bench() {
        loop.runAndWait([this] {
            authorizer.reset();
            opened.reset();
        });
    }
    CredentialAuthorizer::Hooks hooks() {
        CredentialAuthorizer::Hooks made;
        made.open_pool = [this](const std::string& origin, engine::AnswerSink& sink) {
            origins.push_back(origin);
            if (!server_reachable) throw std::runtime_error("no CA file");
            server = &sink;
            engine::PoolOptions nobody;
            nobody.origin = util::Origin::parse("https://127.0.0.1:1").value();
            return std::make_unique<engine::Pool>(loop, nobody, unheard, bench.log);
        };
        made.on_authorized = [this] { ++ended; };
        made.keep = [this](const store::StoredAuthorization& held, std::function<void()> call) {
            kept.push_back(held);
            durable = std::move(call);
        };
        return made;
    }
    Authorized authorize() {
        Authorized authorized = Authorized::Refused;
        loop.runAndWait([&] { authorized = authorizer->authorize(); });
        return authorized;
    }
    void answers(int status) {
        engine::Answer answer;
        answer.status = status;
        loop.runAndWait([&] { server->answered(0, answer); });
    }

    postbell_http_request request{};
    engine::Loop loop{bench.clock};
    std::optional<OpenCredential> opened;
    std::optional<CredentialAuthorizer> authorizer;
    engine::AnswerSink* server = nullptr;
    UnheardSink unheard;
    std::vector<std::string> origins;
    std::vector<store::StoredAuthorization> kept;
    std::function<void()> durable;  ///< to be called when the last of them is
    std::int64_t not_renewed_before_ms = 0;
    bool server_reachable = true;
    int ended = 0;
};

}  // namespace

TEST_CASE("an exchange that succeeds yields an authorization, which is kept", "[provider]") {
    Bench bench;
    CHECK(bench.authorize() == Authorized::Pending);
    CHECK(bench.authorize() == Authorized::Pending);
    CHECK(bench.origins == std::vector<std::string>{"https://push.example.com"});

    bench.answers(200);

    CHECK(bench.ended == 1);
    CHECK(bench.authorize() == Authorized::Yes);
    CHECK(bench.authorizer->held().value == "bearer x");
    CHECK(bench.authorizer->keeper().number() == 1);
    REQUIRE(bench.kept.size() == 1);
    CHECK(bench.kept[0].name == "authorization");
    CHECK(bench.origins.size() == 1);
}

TEST_CASE("what the network resents to see renewed is durable before it is presented",
          "[provider][row:APNS-11]") {
    Bench bench;
    bench.not_renewed_before_ms = util::toMs(bench.bench.clock.wall() + 20min);
    CHECK(bench.authorize() == Authorized::Pending);
    bench.answers(200);
    CHECK(bench.authorize() == Authorized::Pending);
    REQUIRE(bench.durable);
    CHECK(bench.ended == 1);

    SECTION("then it is presented") {
        bench.loop.runAndWait(bench.durable);
        bench.loop.runAndWait(bench.durable);
        CHECK(bench.ended == 2);
        CHECK(bench.authorize() == Authorized::Yes);
    }
    SECTION("a retired authorizer calls no hook") {
        bench.loop.runAndWait([&] { bench.authorizer->retire(); });
        bench.loop.runAndWait(bench.durable);
        CHECK(bench.ended == 1);
    }
    SECTION("one that is gone is not asked for") {
        bench.loop.runAndWait([&] { bench.authorizer.reset(); });
        bench.loop.runAndWait(bench.durable);
    }
}

TEST_CASE("an exchange that fails is tried again after a pause", "[provider]") {
    Bench bench;
    CHECK(bench.authorize() == Authorized::Pending);
    bench.answers(503);
    CHECK(bench.ended == 1);
    CHECK(bench.kept.empty());
    CHECK(bench.authorize() == Authorized::Pending);
    CHECK(bench.origins.size() == 1);
    bench.bench.clock.advance(10min);
    CHECK(bench.authorize() == Authorized::Pending);
    CHECK(bench.origins.size() == 2);
    bench.answers(200);
    CHECK(bench.authorize() == Authorized::Yes);
}

TEST_CASE("an exchange that cannot begin is told, and tried again after a pause", "[provider]") {
    Bench bench;
    bench.server_reachable = false;
    CHECK(bench.authorize() == Authorized::Pending);
    CHECK(bench.ended == 1);
    CHECK(bench.authorizer->keeper().problem() == "no CA file");
    CHECK(util::isSet(bench.authorizer->keeper().retryAt()));
    bench.server_reachable = true;
    bench.bench.clock.advance(10min);
    CHECK(bench.authorize() == Authorized::Pending);
    bench.answers(200);
    CHECK(bench.authorize() == Authorized::Yes);
}

TEST_CASE("an exchange that ends while a push is encoded is read when that is done", "[provider]") {
    Bench bench;
    CHECK(bench.authorize() == Authorized::Pending);
    int asked = 0;
    const auto authorized = bench.script.authorized;
    bench.script.authorized = [&](const postbell_response& response, postbell_authorization& out) {
        ++asked;
        return authorized(response, out);
    };
    bench.loop.runAndWait([&] { bench.authorizer->encoderBegins(); });
    bench.answers(200);
    CHECK(asked == 0);
    CHECK(bench.ended == 0);
    bench.loop.runAndWait([&] { bench.authorizer->encoderDone(); });
    CHECK(asked == 1);
    CHECK(bench.ended == 1);
    CHECK(bench.authorize() == Authorized::Yes);
}

TEST_CASE("exchanges that lead to one another without end are a failure, which is told",
          "[provider]") {
    Bench bench;
    bench.script.authorized = [&](const postbell_response&, postbell_authorization& out) {
        out.exchange = &bench.request;
        return POSTBELL_OK;
    };
    CHECK(bench.authorize() == Authorized::Pending);
    for (int i = 0; i < 8; ++i) bench.answers(200);
    CHECK(bench.origins.size() == 8);
    CHECK(util::isSet(bench.authorizer->keeper().retryAt()));
    CHECK_THAT(bench.authorizer->keeper().problem(), Catch::Contains("led to the next"));
}

TEST_CASE("an authorizer without an allowed server is refused", "[provider]") {
    Bench bench;
    bench.request.origin = text("https://elsewhere.example.com");
    CHECK(bench.authorize() == Authorized::Refused);
    CHECK(bench.origins.empty());
    CHECK_THAT(bench.authorizer->keeper().problem(), Catch::Contains("allowed_origins"));
}

TEST_CASE("a retired authorizer calls no hook any more", "[provider]") {
    Bench bench;
    CHECK(bench.authorize() == Authorized::Pending);
    bench.loop.runAndWait([&] { bench.authorizer->retire(); });
    CHECK(bench.ended == 0);
    CHECK(bench.kept.empty());
}

TEST_CASE("a start presents the authorization of before in the place of one of the future",
          "[provider]") {
    Bench bench;
    const util::WallTime now = bench.bench.clock.wall();
    store::StoredAuthorization stored;
    stored.name = stored.earlier.name = "authorization";
    stored.value = "of the future";
    stored.given_at = now + std::chrono::years(1);
    stored.expires_at = stored.given_at + 1h;
    stored.earlier.value = "good";
    stored.earlier.given_at = now - 1min;
    stored.earlier.expires_at = now + 1h;
    bench.loop.runAndWait(
        [&] { bench.authorizer.emplace(*bench.opened, bench.hooks(), stored, bench.bench.clock); });

    CHECK(bench.authorize() == Authorized::Yes);
    CHECK(bench.authorizer->held().value == "good");
    CHECK(bench.origins.empty());
}
