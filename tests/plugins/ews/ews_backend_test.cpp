// SPDX-License-Identifier: Apache-2.0
// Notifications through the loaded plugin: what is staged, and what Exchange is told.
#include <catch2/catch.hpp>

#include "plugins/loaded_backend.h"
#include "sample.h"

using namespace postbell;
using namespace postbell::testing;
using ews::message;
using ews::post;
using ews::sample;

namespace {

struct Fixture : test::RunningBackend {
    Fixture() : RunningBackend(EWS_PLUGIN, "text/xml; charset=utf-8") {}
};

bool saysOk(const FakeReply& reply) {
    return reply.status == 200 && reply.body.find(">OK<") != std::string::npos;
}
bool saysUnsubscribe(const FakeReply& reply) {
    return reply.status == 200 && reply.body.find(">Unsubscribe<") != std::string::npos;
}

/// Exchange ids end in what tells folders apart; the rest names the mailbox.
std::string tail(const std::string& id) {
    return id.size() < 8 ? id : id.substr(id.size() - 8);
}

}  // namespace

TEST_CASE("new mail is staged once, with its folder, count, time and key", "[ews]") {
    Fixture ews;
    FakeReply reply;

    ews.post(sample("drv-01-created-newmail-modified-unread1"), reply);

    CHECK(saysOk(reply));
    CHECK(reply.header("content-type") == "text/xml; charset=utf-8");
    REQUIRE(reply.events.size() == 1);
    const StagedEvent& event = reply.events[0];
    CHECK(event.kind == MailKind::New);
    CHECK(event.unread == 1);
    CHECK(event.occurred_ms == 1'379'305'889'000);
    CHECK(tail(event.folder) == "AgENAAAA");
    CHECK(event.subscription ==
          "EgBoaXRleDIuZmxob3VzZS5pbnQQAAAAp6l9rcjsFU6mlII+hEsD+vKtJTm15NkIEAAAALo1KNrW4vpPpUP1v28h"
          "RgY=");
    CHECK(event.account.empty());
    CHECK(event.proof.empty());
    CHECK_FALSE(event.dedup_key.empty());
}

TEST_CASE("each recorded message stages what it means", "[ews]") {
    struct Expected {
        MailKind kind;
        std::string folder;
        std::int32_t unread;
    };
    struct Row {
        std::string name;
        std::vector<Expected> events;
    };
    const std::vector<Row> rows = {
        {"sn-01-status-exchange2016", {{MailKind::Heard, "", -1}}},
        {"sn-02-modified-item-and-folder", {{MailKind::Count, "AgENAAAA", -1}}},
        {"sn-03-modified-folder-workmail", {{MailKind::Count, "OGE5OTQ0=", -1}}},
        {"sn-04-status-workmail", {{MailKind::Heard, "", -1}}},
        {"sn-06-error-readeventsfailed", {{MailKind::Ended, "", -1}}},
        {"drv-02-modified-unread0", {{MailKind::Count, "AgENAAAA", 0}}},
        {"drv-03-modified-folder-without-unreadcount", {{MailKind::Count, "AgENAAAA", -1}}},
        {"drv-04-moved-item",
         {{MailKind::Count, "AgEKAAAA", -1}, {MailKind::Count, "AgENAAAA", -1}}},
        {"drv-05-moved-folder", {{MailKind::Count, "AgEPAAAA", -1}}},
        {"drv-06-copied-item", {{MailKind::Count, "AgENAAAA", -1}}},
        {"drv-07-deleted-item", {{MailKind::Count, "AgENAAAA", 0}}},
        {"drv-08-freebusychanged", {{MailKind::Heard, "", -1}}},
        {"drv-09-moreevents-true-unread-twice", {{MailKind::Count, "AgENAAAA", 4}}},
        {"drv-10-two-response-messages",
         {{MailKind::Count, "AgENAAAA", 7}, {MailKind::Heard, "", -1}}},
        {"drv-11-other-folder-unread", {{MailKind::Count, "AgEKAAAA", 12}}},
        {"drv-12-minimal-no-prev-no-more", {{MailKind::Heard, "", -1}}},
        {"drv-13-watermark-gap", {{MailKind::Count, "AgENAAAA", 5}}},
        {"drv-14-error-internalservererror", {{MailKind::Ended, "", -1}}},
        {"drv-15-two-newmail", {{MailKind::New, "AQApAH", -1}}},
    };
    Fixture ews;
    for (const Row& row : rows) {
        INFO(row.name);
        FakeReply reply;
        ews.post(sample(row.name), reply);

        CHECK(saysOk(reply));
        REQUIRE(reply.events.size() == row.events.size());
        for (std::size_t i = 0; i < row.events.size(); ++i) {
            CHECK(reply.events[i].kind == row.events[i].kind);
            CHECK(tail(reply.events[i].folder) == tail(row.events[i].folder));
            CHECK(reply.events[i].unread == row.events[i].unread);
        }
    }
    CHECK(ews.host.counted("ews_notifications") == static_cast<double>(rows.size()));
    CHECK(ews.host.counted("ews_more_events") == 1);
    CHECK(ews.host.counted("ews_errors") == 2);
}

TEST_CASE("an unknown type of event is staged as a sign of life", "[ews]") {
    Fixture ews;
    FakeReply reply;

    ews.post(
        post(message("sub", "<t:ReactionEvent><t:Watermark>w</t:Watermark></t:ReactionEvent>")),
        reply);

    CHECK(saysOk(reply));
    REQUIRE(reply.events.size() == 1);
    CHECK(reply.events[0].kind == MailKind::Heard);
    CHECK(reply.events[0].subscription == "sub");
}

TEST_CASE("a folder has its entry id beside its id, if Exchange's ids have one",
          "[ews][row:FOLDER-1]") {
    Fixture ews;
    FakeReply exchange, workmail;
    ews.post(sample("drv-01-created-newmail-modified-unread1"), exchange);
    ews.post(sample("sn-03-modified-folder-workmail"), workmail);
    CHECK(exchange.events.at(0).canonical_folder.size() == 46);
    CHECK(workmail.events.at(0).canonical_folder.empty());
}

TEST_CASE("an error says for how long Exchange wants to be left alone", "[ews][row:STATE-17]") {
    Fixture ews;
    FakeReply reply;
    ews.post(post("<m:SendNotificationResponseMessage ResponseClass=\"Error\">"
                  "<m:ResponseCode>ErrorServerBusy</m:ResponseCode><m:MessageXml>"
                  "<t:Value Name=\"BackOffMilliseconds\">297749</t:Value>"
                  "<t:Value Name=\"SubscriptionId\">sub</t:Value>"
                  "</m:MessageXml></m:SendNotificationResponseMessage>"),
             reply);
    REQUIRE(reply.events.size() == 1);
    CHECK(reply.events[0].kind == MailKind::Ended);
    CHECK(reply.events[0].subscription == "sub");
    CHECK(reply.events[0].retry_after_ms == 297'749);
}

TEST_CASE("a message that Exchange repeats has the same keys", "[ews]") {
    Fixture ews;
    FakeReply first, second, next;
    ews.post(sample("drv-04-moved-item"), first);
    ews.post(sample("drv-04-moved-item"), second);
    ews.post(sample("drv-07-deleted-item"), next);

    REQUIRE(first.events.size() == 2);
    CHECK(first.events[0].dedup_key == second.events[0].dedup_key);
    CHECK(first.events[0].dedup_key != first.events[1].dedup_key);
    CHECK(next.events.at(0).dedup_key != first.events[1].dedup_key);
}

TEST_CASE("an unknown callback is told to unsubscribe, and nothing is staged", "[ews]") {
    Fixture ews;
    FakeReply reply;
    FakeRequest request;
    request.known = false;
    request.body = sample("drv-01-created-newmail-modified-unread1");

    CHECK(ews.handle(request, reply) == POSTBELL_OK);

    CHECK(saysUnsubscribe(reply));
    CHECK(reply.events.empty());
}

TEST_CASE("nobody subscribed is Unsubscribe, also for a sign of life", "[ews]") {
    Fixture ews;
    for (const auto name : {"sn-01-status-exchange2016", "drv-04-moved-item",
                            "drv-10-two-response-messages", "sn-06-error-readeventsfailed"}) {
        FakeReply reply;
        reply.refuse("");
        ews.post(sample(name), reply);
        CHECK(saysUnsubscribe(reply));
        CHECK_FALSE(reply.refused.empty());
    }
}

TEST_CASE("one subscription that is served keeps the whole post", "[ews]") {
    Fixture ews;
    FakeReply reply;
    reply.refuse("GABtYWlsLmV4Y2hhbmdlLndlYnlvZy5jb20QAAAAmzjJwJ17LEWXFJ3elwB78yMLCAwpsNEI");

    ews.post(sample("drv-10-two-response-messages"), reply);

    CHECK(saysOk(reply));
    CHECK(reply.events.size() == 1);
    CHECK(reply.refused.size() == 1);
}

TEST_CASE("the answer is of the SOAP version that was asked in", "[ews]") {
    Fixture ews;
    FakeReply reply;
    FakeRequest request;
    request.headers = {{"content-type", "application/soap+xml; charset=utf-8"}};
    request.body = sample("sn-04-status-workmail");
    const std::string v11 = "http://schemas.xmlsoap.org/soap/envelope/";
    request.body.replace(request.body.find(v11), v11.size(),
                         "http://www.w3.org/2003/05/soap-envelope");

    CHECK(ews.handle(request, reply) == POSTBELL_OK);

    CHECK(saysOk(reply));
    CHECK(reply.header("content-type") == "application/soap+xml; charset=utf-8");
    CHECK(reply.body.find("http://www.w3.org/2003/05/soap-envelope") != std::string::npos);
}

TEST_CASE("what is not understood is 400 or 415 with a fault, and nothing is staged", "[ews]") {
    struct Row {
        std::string type, body;
        int status;
    };
    const std::string good = sample("sn-01-status-exchange2016");
    const auto row = GENERATE_COPY(
        Row{"text/xml", "", 400}, Row{"text/xml", "hello", 400},
        Row{"text/xml", sample("sn-02-modified-item-and-folder.malformed"), 400},
        Row{"text/xml", sample("drv-16-getstreamingevents-response"), 400},
        Row{"application/soap+xml", "<!DOCTYPE x><x/>", 400}, Row{"application/json", good, 415},
        Row{"text/xml; charset=shift_jis", good, 415});
    Fixture ews;
    FakeReply reply;
    FakeRequest request;
    request.headers = {{"content-type", row.type}};
    request.body = row.body;

    CHECK(ews.handle(request, reply) == POSTBELL_OK);

    CHECK(reply.status == row.status);
    CHECK(reply.body.find("<s:Fault>") != std::string::npos);
    CHECK(reply.events.empty());
    CHECK(reply.refused.empty());
    CHECK(ews.host.counted("ews_refused") == 1);
}

TEST_CASE("a failure of the host's is an error, so that Exchange sends again", "[ews]") {
    Fixture ews;
    FakeReply reply;
    reply.refuse("", POSTBELL_EAGAIN);
    FakeRequest request;
    request.body = sample("sn-01-status-exchange2016");

    CHECK(ews.handle(request, reply) == POSTBELL_EINTERNAL);
    CHECK(reply.status == 0);
}

TEST_CASE("logs carry no id of a message", "[ews]") {
    Fixture ews;
    FakeReply error, strange, refused;
    ews.post(sample("sn-06-error-readeventsfailed"), error);
    ews.post(post("<m:SendNotificationResponseMessage ResponseClass='Error'>"
                  "<m:ResponseCode>alfred@example.com</m:ResponseCode>"
                  "</m:SendNotificationResponseMessage>"),
             strange);
    ews.post("<alfred@example.com/>", refused);

    const auto log = ews.host.log();
    REQUIRE(log.size() == 3);
    CHECK(log[0].fields.at("code") == "ErrorReadEventsFailed");
    for (const LogLine& line : log) {
        CHECK(line.level == POSTBELL_LOG_DEBUG);
        for (const auto& [name, value] : line.fields) CHECK(value.find('@') == std::string::npos);
    }
}

TEST_CASE("notifications are handled by several threads at once", "[ews]") {
    Fixture ews;
    const auto told = [](const FakeReply& reply) {
        return saysOk(reply) && reply.events.size() == 1 && reply.events[0].unread == 1;
    };

    CHECK(test::goodAnswersAtOnce(ews, sample("drv-01-created-newmail-modified-unread1"), told) ==
          test::kThreads * test::kPosts);
    CHECK(ews.host.counted("ews_notifications") == test::kThreads * test::kPosts);
}
