// SPDX-License-Identifier: Apache-2.0
// Notifications through the loaded plugin: what is staged, and what Graph is told.
#include <catch2/catch.hpp>

#include "plugins/loaded_backend.h"
#include "sample.h"

using namespace postbell;
using namespace postbell::testing;
using office365::post;
using office365::sample;

namespace {

struct Fixture : test::RunningBackend {
    Fixture() : RunningBackend(OFFICE365_PLUGIN, "application/json; charset=utf-8") {}

    /// A validation request, as Graph sends it.
    void ask(const std::string& query, FakeReply& reply, bool known = true) {
        FakeRequest request;
        request.headers = {{"content-type", "text/plain; charset=utf-8"}};
        request.query = query;
        request.known = known;
        REQUIRE(handle(request, reply) == POSTBELL_OK);
    }
};

}  // namespace

TEST_CASE("a validation request is answered with its token as plain text", "[office365]") {
    Fixture graph;
    FakeReply reply;

    graph.ask("validationToken=Validation%3a+Testing+Request-Id%3a+5731e5c5", reply);

    CHECK(reply.status == 200);
    CHECK(reply.body == "Validation: Testing Request-Id: 5731e5c5");
    CHECK(reply.header("content-type") == "text/plain");
    CHECK(reply.header("x-content-type-options") == "nosniff");
    CHECK(reply.events.empty());
    CHECK(graph.host.counted("office365_handshakes") == 1);
}

TEST_CASE("a callback that is not known is not vouched for", "[office365]") {
    Fixture graph;
    FakeReply reply;

    graph.ask("validationToken=abc", reply, false);

    CHECK(reply.status == 404);
    CHECK(reply.body.empty());
}

TEST_CASE("a token that could be markup is not sent back", "[office365]") {
    Fixture graph;
    for (const auto query : {"validationToken=%3Cscript%3E", "validationToken=%0d%0a",
                             "validationToken=", "validationToken=%22"}) {
        FakeReply reply;
        graph.ask(query, reply);
        CHECK(reply.status == 400);
        CHECK(reply.body == "this validationToken is not one of Graph's");
    }
}

TEST_CASE("a message with a validationToken in its URL is a message", "[office365]") {
    Fixture graph;
    FakeReply reply;
    FakeRequest request;
    request.query = "validationToken=abc";
    request.body = sample("cn-02-outlook-basic");

    CHECK(graph.handle(request, reply) == POSTBELL_OK);

    CHECK(reply.status == 202);
    CHECK(reply.events.size() == 1);
}

TEST_CASE("new mail is staged with its subscription, its proof and no count", "[office365]") {
    Fixture graph;
    FakeReply reply;

    graph.post(sample("cn-02-outlook-basic"), reply);

    CHECK(reply.status == 202);
    CHECK(reply.body.empty());
    REQUIRE(reply.events.size() == 1);
    const StagedEvent& event = reply.events[0];
    CHECK(event.kind == MailKind::New);
    CHECK(event.subscription == "c6126aa3-0ed8-412f-a988-71e6cee627c4");
    CHECK(event.proof == "<<--SpecifiedClientState-->>");
    CHECK(event.unread == -1);
    CHECK(event.folder.empty());
    CHECK(event.account.empty());
    CHECK_FALSE(event.dedup_key.empty());
}

TEST_CASE("a wrong or missing clientState is counted and spoils nothing", "[office365]") {
    Fixture graph;
    FakeReply mixed, missing;
    mixed.refuse("00000001-0000-4000-8000-000000000001", POSTBELL_EDENIED);
    missing.refuse("", POSTBELL_EDENIED);

    graph.post(sample("drv-02-clientstate-mismatch"), mixed);
    graph.post(sample("drv-03-clientstate-missing"), missing);

    CHECK(mixed.status == 202);
    REQUIRE(mixed.refused.size() == 1);
    CHECK(mixed.refused[0].proof == "wrong");
    CHECK(mixed.events.size() == 1);
    CHECK(missing.status == 202);
    CHECK(missing.refused.at(0).proof.empty());
    CHECK(graph.host.counted("office365_wrong_proofs") == 2);
}

TEST_CASE("nobody's notification is taken all the same, or Graph would send it for hours",
          "[office365]") {
    Fixture graph;
    FakeReply reply, unknown;
    reply.refuse("");
    graph.post(sample("drv-01-batch-three-subscriptions"), reply);
    CHECK(reply.status == 202);
    CHECK(reply.refused.size() == 3);

    FakeRequest request;
    request.known = false;
    request.body = sample("lc-05-reauthorizationRequired-real-2026");
    unknown.refuse("");
    CHECK(graph.handle(request, unknown) == POSTBELL_OK);
    CHECK(unknown.status == 202);
}

TEST_CASE("content is left unread and counted", "[office365]") {
    Fixture graph;
    FakeReply reply;

    graph.post(sample("cn-03-outlook-rich"), reply);

    CHECK(reply.status == 202);
    CHECK(reply.events.size() == 1);
    CHECK(graph.host.counted("office365_rich") == 1);
}

TEST_CASE("items and lifecycle events are counted", "[office365]") {
    Fixture graph;
    FakeReply lifecycle, changes;

    graph.post(sample("drv-04-lifecycle-batch"), lifecycle);
    graph.post(sample("drv-01-batch-three-subscriptions"), changes);

    CHECK(lifecycle.events.size() == 3);
    CHECK(graph.host.counted("office365_items") == 6);
    CHECK(graph.host.counted("office365_lifecycle") == 3);
}

TEST_CASE("what is not understood is 400 or 415 with a sentence, and nothing is staged",
          "[office365]") {
    struct Row {
        std::string type, body;
        int status;
    };
    const std::string good = sample("cn-02-outlook-basic");
    const auto row = GENERATE_COPY(
        Row{"application/json", "", 400}, Row{"application/json", "{", 400},
        Row{"application/json", sample("drv-07-not-a-collection"), 400},
        Row{"application/json", sample("cn-03-outlook-rich.malformed"), 400},
        Row{"", R"({"value": [{"subscriptionId": 5}]})", 400}, Row{"text/xml", good, 415},
        Row{"application/json; charset=utf-16", good, 415});
    Fixture graph;
    FakeReply reply;
    FakeRequest request;
    request.headers = {{"content-type", row.type}};
    request.body = row.body;

    CHECK(graph.handle(request, reply) == POSTBELL_OK);

    CHECK(reply.status == row.status);
    CHECK_FALSE(reply.body.empty());
    CHECK(reply.events.empty());
    CHECK(graph.host.counted("office365_refused") == 1);
}

TEST_CASE("a failure of the host's is an error, so that Graph sends again", "[office365]") {
    Fixture graph;
    FakeReply reply;
    reply.refuse("", POSTBELL_EAGAIN);
    FakeRequest request;
    request.body = sample("cn-02-outlook-basic");

    CHECK(graph.handle(request, reply) == POSTBELL_EINTERNAL);
    CHECK(reply.status == 0);
}

TEST_CASE("logs carry nothing of a message", "[office365]") {
    Fixture graph;
    FakeReply refused, good, token;
    graph.post(R"({"alfred@example.com": 1})", refused);
    graph.post(sample("cn-02-outlook-basic"), good);
    graph.ask("validationToken=%3Calfred@example.com", token);

    const auto log = graph.host.log();
    REQUIRE(log.size() == 2);
    for (const LogLine& line : log) {
        CHECK(line.level == POSTBELL_LOG_DEBUG);
        for (const auto& [name, value] : line.fields) CHECK(value.find('@') == std::string::npos);
    }
}

TEST_CASE("notifications are handled by several threads at once", "[office365]") {
    Fixture graph;
    const auto told = [](const FakeReply& reply) {
        return reply.status == 202 && reply.events.size() == 3;
    };

    CHECK(test::goodAnswersAtOnce(graph, sample("drv-01-batch-three-subscriptions"), told) ==
          test::kThreads * test::kPosts);
}
