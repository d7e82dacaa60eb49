// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_api.h"

#include <prometheus/registry.h>
#include <nlohmann/json.hpp>

#include <prometheus/counter.h>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/fake_clock.h"
#include "support/store_fixture.h"
#include "web/problem.h"

using namespace postbell;
using namespace postbell::admin;

namespace {

/// Takes one request's answer.
struct Answer final : net::Responder::Target {
    net::Response response;
    void answer(net::Response&& answered) override { response = std::move(answered); }
    void drop() noexcept override { answer(net::problem(500, "dropped")); }
};

struct Bench {
    net::Response ask(const std::string& path, std::string token = "a good token",
                      std::string host = "localhost:8445", std::string body = "{}") {
        net::Request request;
        request.method = path.starts_with("/v1/admin/") ? "POST" : "GET";
        request.path = path;
        request.peer = "192.0.2.1";
        request.headers = {{"host", std::move(host)}};
        if (!token.empty()) request.headers.emplace_back("authorization", "Bearer " + token);
        request.body = std::move(body);
        const auto answer = std::make_shared<Answer>();
        net::Responder responder(answer);
        if (api.answerHealth(request, responder)) return answer->response;
        return api.answer(request, "admin API");
    }
    Json called(const std::string& name, const Json& arguments, const std::string& who,
                const Finish& finish) {
        if (name == "long") return finish(Work([](Operation&) { return Json{{"done", 1}}; }));
        if (name == "refused") throw web::Problem(409, "not so");
        if (name == "broken") throw store::StoreError("the disk is full");
        return finish(Json{{"name", name}, {"who", who}, {"arguments", arguments}});
    }

    store::TemporaryDirectory directory;
    log::Log log{{log::Level::Warning, log::Format::Text, (directory.path() / "log").string()}};
    prometheus::Registry registry;
    std::string unready;
    testing::FakeClock clock;
    Operations operations{clock, log};
    std::vector<std::string> audited;
    RefusedCalls refused{[this](const std::string& who, const std::string& what, util::WallTime) {
                             audited.push_back(who + ": " + what);
                         },
                         clock, log};
    AdminApi api{[this](const std::string& name, const Json& arguments, const std::string& who,
                        const Finish& finish) { return called(name, arguments, who, finish); },
                 refused,
                 operations,
                 registry,
                 [this](const auto& done) { done(unready); },
                 {"a good token", true}};
};

}  // namespace

TEST_CASE("a call with the token runs the command of its path") {
    Bench bench;
    const net::Response answer =
        bench.ask("/v1/admin/tenant/callback/add", "a good token", "[::1]:8445", R"({"a": 1})");
    CHECK(answer.status == 200);
    CHECK(Json::parse(answer.body) ==
          Json{{"name", "tenant/callback/add"}, {"who", "admin API"}, {"arguments", {{"a", 1}}}});
    CHECK(bench.ask("/v1/admin/x", "a good token", "127.0.0.1", "").status == 200);
}

TEST_CASE("a call that takes long is begun, and answered with 202 and the operation") {
    Bench bench;
    const net::Response answer = bench.ask("/v1/admin/long");
    CHECK(answer.status == 202);
    const Json operation = Json::parse(answer.body);
    CHECK(operation["call"] == "long");
    CHECK(operation["operation"].get<std::string>().size() == 24);
}

TEST_CASE("without the token, or by a name that is no loopback one, nothing runs") {
    Bench bench;
    CHECK(bench.ask("/v1/admin/x", "").status == 401);
    CHECK(bench.ask("/v1/admin/x", "a bad token").status == 401);
    for (const char* host : {"evil.example", "127.evil.example", "localhost.evil.example", ""})
        for (const char* path : {"/v1/admin/x", "/metrics", "/healthz", "/readyz"})
            CHECK(bench.ask(path, "a good token", host).status == 403);
}

TEST_CASE("a call's failure becomes its answer") {
    Bench bench;
    CHECK(bench.ask("/v1/admin/refused").status == 409);
    CHECK(bench.ask("/v1/admin/broken").status == 503);
    CHECK(bench.ask("/v1/admin/x", "a good token", "localhost", "[]").status == 400);
    CHECK(bench.ask("/else").status == 404);
}

TEST_CASE("health, readiness and metrics need no token") {
    Bench bench;
    CHECK(bench.ask("/healthz", "").status == 200);
    CHECK(bench.ask("/readyz", "").status == 200);
    bench.unready = "the store cannot be written";
    const net::Response unready = bench.ask("/readyz", "");
    CHECK(unready.status == 503);
    CHECK(unready.body == "the store cannot be written\n");
    prometheus::BuildCounter().Name("things_total").Register(bench.registry).Add({}).Increment();
    CHECK(bench.ask("/metrics", "").body.find("things_total 1") != std::string::npos);
}

TEST_CASE("a call that is turned away leaves a line in the audit trail, and a health check none") {
    Bench bench;
    bench.ask("/v1/admin/x", "");
    bench.ask("/v1/admin/x", "a bad token");
    bench.ask("/v1/admin/x", "a good token", "evil.example");
    bench.ask("/healthz", "", "evil.example");
    bench.ask("/v1/admin/x");
    CHECK(bench.audited ==
          std::vector<std::string>{"admin API: refused no_token peer=192.0.2.1 suppressed=0",
                                   "admin API: refused wrong_token peer=192.0.2.1 suppressed=0",
                                   "admin API: refused wrong_host peer=192.0.2.1 suppressed=0"});
}
