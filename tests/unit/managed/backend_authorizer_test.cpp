// SPDX-License-Identifier: Apache-2.0
#include "managed/backend_authorizer.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <optional>

#include "mail_server.h"
#include "support/fake_managed.h"

using namespace postbell;
using namespace postbell::managed;
using namespace std::chrono_literals;
using testing::text;

namespace {

struct Bench : testing::FakeManaged {
    explicit Bench(std::vector<std::string> allowed = {}) : FakeManaged(std::move(allowed)) {
        loop.runAndWait([this] { authorizer.emplace(*plugin, http, loop, bench.log); });
    }
    ~Bench() {
        http.stop();
        loop.runAndWait([this] { authorizer.reset(); });
    }

    /// Nothing: it waits for an exchange.
    std::optional<bool> authorize() {
        std::optional<bool> usable;
        loop.runAndWait(
            [&] { authorizer->authorize([&](bool is_usable) { usable = is_usable; }); });
        return usable;
    }
    TaskResult unauthorized() {
        TaskResult result;
        loop.runAndWait([&] { result = authorizer->unauthorized(); });
        return result;
    }
    void gives(const char* value) {
        script.authorize = [this, value](postbell_authorization& out) {
            ++asked;
            out.header = {text("authorization"), text(value), 0};
            return POSTBELL_OK;
        };
    }

    int asked = 0;
    HttpClient http{HttpSettings()};
    engine::Loop loop{bench.clock};
    std::optional<BackendAuthorizer> authorizer;
};

}  // namespace

TEST_CASE("one authorization serves all tasks until it is refused", "[managed]") {
    Bench bench;
    bench.gives("first");
    CHECK(bench.authorize() == true);
    CHECK(bench.authorize() == true);
    CHECK(bench.asked == 1);
    bench.loop.runAndWait([&] {
        HttpCall call;
        bench.authorizer->present(call);
        REQUIRE(call.headers.size() == 1);
        CHECK(call.headers[0].second == "first");
        bench.authorizer->refused(bench.authorizer->number() + 1);  // of another
    });
    CHECK(bench.authorize() == true);
    CHECK(bench.asked == 1);
    bench.gives("second");
    bench.loop.runAndWait([&] { bench.authorizer->refused(bench.authorizer->number()); });
    CHECK(bench.authorize() == true);
    CHECK(bench.asked == 2);
}

TEST_CASE("none may be needed", "[managed]") {
    Bench bench;
    CHECK(bench.authorize() == true);
    HttpCall call;
    bench.loop.runAndWait([&] { bench.authorizer->present(call); });
    CHECK(call.headers.empty());
}

TEST_CASE("EAGAIN of authorize() is not now, and no refusal", "[managed][row:MANAGED-18]") {
    Bench bench;
    bench.script.authorize = [](postbell_authorization& out) {
        out.problem = text("overloaded");
        out.retry_after_ms = 30'000;
        return POSTBELL_EAGAIN;
    };
    CHECK(bench.authorize() == false);
    CHECK(bench.unauthorized().kind == TaskResult::Kind::Retry);
    CHECK(bench.unauthorized().of_instance);
    CHECK(bench.unauthorized().problem == "overloaded");
    CHECK(bench.unauthorized().retry_after == 30s);
    CHECK(bench.bench.logged().find("has no authorization for a mail server") == std::string::npos);
}

TEST_CASE("a refusal is logged once, and its end as well", "[managed]") {
    Bench bench;
    bench.script.authorize = [](postbell_authorization& out) {
        out.problem = text("the secret is wrong");
        return POSTBELL_OK;
    };
    CHECK(bench.authorize() == false);
    CHECK(bench.authorize() == false);
    CHECK(bench.unauthorized().kind == TaskResult::Kind::Refused);
    CHECK(bench.unauthorized().problem == "the secret is wrong");
    const std::string logged = bench.bench.logged();
    const auto first = logged.find("has no authorization for a mail server");
    REQUIRE(first != std::string::npos);
    CHECK(logged.find("has no authorization for a mail server", first + 1) == std::string::npos);

    bench.gives("good");
    bench.bench.clock.advance(10min);
    CHECK(bench.authorize() == true);
    CHECK_THAT(bench.bench.logged(), Catch::Contains("accepts the gateway's credential again"));
}

TEST_CASE("an exchange goes to no stranger", "[managed]") {
    Bench bench;
    static postbell_http_request request{};
    request.method = text("POST");
    request.path = text("/token");
    request.origin = text("https://elsewhere.example.com");
    bench.script.authorize = [](postbell_authorization& out) {
        out.exchange = &request;
        return POSTBELL_OK;
    };
    CHECK(bench.authorize() == false);
    CHECK_THAT(bench.unauthorized().problem, Catch::Contains("allowed_origins"));
}

TEST_CASE("an exchange that succeeds serves all tasks that waited for it", "[managed]") {
    test::MailServer server;
    server.answer("/token", {200, "token"});
    Bench bench({server.origin()});
    const std::string origin = server.origin();
    static postbell_http_request request{};
    request.method = text("POST");
    request.path = text("/token");
    request.origin = text(origin);
    bench.script.authorize = [](postbell_authorization& out) {
        out.exchange = &request;
        return POSTBELL_OK;
    };
    bench.script.authorized = [](const postbell_response& response, postbell_authorization& out) {
        CHECK(response.status == 200);
        out.header = {text("authorization"), text("good"), 0};
        return POSTBELL_OK;
    };
    std::promise<void> all;
    int usable = 0;
    bench.loop.runAndWait([&] {
        for (int i = 0; i < 3; ++i)
            bench.authorizer->authorize([&](bool is_usable) {
                usable += is_usable ? 1 : 0;
                if (usable == 3) all.set_value();
            });
    });
    all.get_future().get();
    CHECK(server.asked("/token").size() == 1);
    CHECK(bench.authorize() == true);
}

TEST_CASE("an exchange without an answer is not now", "[managed]") {
    Bench bench;
    static postbell_http_request request{};
    request.method = text("POST");
    request.path = text("/token");
    request.origin = text("http://127.0.0.1:1");
    bench.script.authorize = [](postbell_authorization& out) {
        out.exchange = &request;
        return POSTBELL_OK;
    };
    bench.script.authorized = [](const postbell_response& response, postbell_authorization&) {
        CHECK(response.status == 0);
        return POSTBELL_EINTERNAL;
    };
    std::promise<bool> usable;
    bench.loop.runAndWait(
        [&] { bench.authorizer->authorize([&](bool is_usable) { usable.set_value(is_usable); }); });
    CHECK_FALSE(usable.get_future().get());
    CHECK(bench.unauthorized().kind == TaskResult::Kind::Retry);
    CHECK_THAT(bench.unauthorized().problem, Catch::Contains("127.0.0.1:1"));
}
