// SPDX-License-Identifier: Apache-2.0
// Notifications through the loaded plugin: what is staged, and what Dovecot is told.
#include <catch2/catch.hpp>
#include <optional>
#include <tuple>

#include "plugins/loaded_backend.h"
#include "sample.h"

using namespace postbell;
using namespace postbell::testing;
using dovecot::kId;
using dovecot::notification;
using dovecot::sample;

namespace {

/// A PUT on a tenant's callback.
struct Put {
    explicit Put(std::string body) {
        request.method = "PUT";
        request.headers = {{"content-type", "application/json; charset=utf-8"}};
        request.body = std::move(body);
        reply.callback = POSTBELL_CALLBACK_TENANT;
    }
    FakeRequest request;
    FakeReply reply;
};

/// The plugin with one line in its section.
class Running {
  public:
    explicit Running(const std::string& addressing = "") : plugin_(DOVECOT_PLUGIN) {
        if (!addressing.empty()) host.setConfig("addressing", addressing);
        instance_.emplace(plugin_, host);
    }
    void take(Put& put) {
        const postbell_request raw = put.request.raw();
        REQUIRE(instance_->table<postbell_backend_v0>().handle(instance_->self(), &raw,
                                                               put.reply.raw()) == POSTBELL_OK);
        CHECK(put.reply.breach.empty());
    }
    FakeHost host;

  private:
    LoadedPlugin plugin_;
    std::optional<PluginInstance> instance_;
};

}  // namespace

TEST_CASE("new mail is staged for the id in the mailbox, with its count and key", "[dovecot]") {
    Running dovecot;
    Put put(notification(kId, "messageNew", "INBOX",
                         R"(,"imap-uidvalidity":7,"imap-uid":9,"subject":"s","unseen":4)"));
    dovecot.take(put);

    CHECK(put.reply.status == 204);
    REQUIRE(put.reply.events.size() == 1);
    const StagedEvent& event = put.reply.events[0];
    CHECK(event.kind == MailKind::New);
    CHECK(event.subscription == kId);
    CHECK(event.account.empty());
    CHECK(event.unread == 4);
    CHECK(event.folder.empty());  // and so the inbox
    CHECK(event.dedup_key == "7/9");
    CHECK(dovecot.host.counted("dovecot_notifications") == 1);
}

TEST_CASE("with addressing by account a recorded notification is for its user", "[dovecot]") {
    Running dovecot("account");
    Put put(sample("ox-new"));
    dovecot.take(put);

    CHECK(put.reply.status == 204);
    REQUIRE(put.reply.events.size() == 1);
    CHECK(put.reply.events[0].account == "u2@example.net");
    CHECK(put.reply.events[0].subscription.empty());
    CHECK(put.reply.events[0].unread == 2);
}

TEST_CASE("the same new mail has the same key from both drivers", "[dovecot][row:DOVECOT-6]") {
    Running dovecot;
    const std::string numbers = R"(,"imap-uidvalidity":7,"imap-uid":9,"unseen":4)";
    Put ox(notification(kId, "messageNew", "INBOX", numbers));
    Put script(notification(kId, "MessageNew", "INBOX", numbers));
    dovecot.take(ox);
    dovecot.take(script);
    CHECK(ox.reply.events.at(0).dedup_key == script.reply.events.at(0).dedup_key);
}

TEST_CASE("a changed count is quiet, and has no key: mail may be read twice",
          "[dovecot][row:DOVECOT-10]") {
    Running dovecot;
    for (const char* event : {"FlagsSet", "FlagsClear", "MessageAppend", "MessageExpunge"}) {
        INFO(event);
        Put put(
            notification(kId, event, "INBOX", R"(,"imap-uidvalidity":7,"imap-uid":9,"unseen":0)"));
        dovecot.take(put);
        REQUIRE(put.reply.events.size() == 1);
        CHECK(put.reply.events[0].kind == MailKind::Count);
        CHECK(put.reply.events[0].unread == 0);
        CHECK(put.reply.events[0].dedup_key.empty());
    }
}

TEST_CASE("another folder, and an unknown event, are signs of life", "[dovecot][row:DOVECOT-10]") {
    Running dovecot;
    for (const auto& body : {notification(kId, "MessageNew", "Archive"),
                             notification(kId, "MailboxCreate"), notification(kId, "Later")}) {
        Put put(body);
        dovecot.take(put);
        REQUIRE(put.reply.events.size() == 1);
        CHECK(put.reply.events[0].kind == MailKind::Heard);
    }
}

TEST_CASE("a user without a phone is answered as any other", "[dovecot]") {
    Running dovecot;
    Put put(notification(kId, "messageNew"));
    put.reply.refuse("");
    dovecot.take(put);
    CHECK(put.reply.status == 204);
    CHECK(put.reply.sentence.empty());
}

TEST_CASE("a login name reaches nobody where ids are expected, and the log says why", "[dovecot]") {
    Running dovecot;
    Put put(sample("ox-new"));
    dovecot.take(put);

    CHECK(put.reply.status == 204);
    CHECK(put.reply.events.empty());
    CHECK(put.reply.refused.empty());
    CHECK(put.reply.sentence.find("user_from_metadata") != std::string::npos);
    CHECK(dovecot.host.counted("dovecot_not_addressed") == 1);
}

TEST_CASE("the callback's secret is the password in Dovecot's URL", "[dovecot]") {
    Running dovecot;
    const auto statusWith = [&](const char* authorization) {
        Put put(notification(kId, "messageNew"));
        put.request.callback_secret = "gate pass";
        if (authorization != nullptr)
            put.request.headers.emplace_back("authorization", authorization);
        dovecot.take(put);
        CHECK((put.reply.status == 204) == (put.reply.events.size() == 1));
        CHECK((put.reply.status == 401) == !put.reply.sentence.empty());
        return put.reply.status;
    };
    CHECK(statusWith("Basic Z2F0ZXVzZXI6Z2F0ZSBwYXNz") == 204);  // gateuser:gate pass
    CHECK(statusWith("Basic Z2F0ZXVzZXI6Z2F0ZSBwYXNT") == 401);
    CHECK(statusWith("Bearer gate pass") == 401);
    CHECK(statusWith(nullptr) == 401);
    CHECK(dovecot.host.counted("dovecot_wrong_secret") == 3);
}

TEST_CASE("an unknown callback is 404", "[dovecot]") {
    Running dovecot;
    Put put(notification(kId, "messageNew"));
    put.request.known = put.reply.known = false;
    dovecot.take(put);
    CHECK(put.reply.status == 404);
    CHECK(put.reply.events.size() + put.reply.refused.size() == 0);
}

TEST_CASE("what is no notification is refused with a sentence", "[dovecot]") {
    Running dovecot;
    for (const auto& [body, status, words] :
         {std::tuple{"{", 400, "JSON"}, {"{}", 400, "user, event and folder"}}) {
        Put put(body);
        dovecot.take(put);
        CHECK(put.reply.status == status);
        CHECK(put.reply.body.find(words) != std::string::npos);
    }
    Put form(notification(kId, "messageNew"));
    form.request.headers = {{"content-type", "text/xml"}};
    dovecot.take(form);
    CHECK(form.reply.status == 415);
    Put bare(notification(kId, "messageNew"));
    bare.request.headers.clear();
    dovecot.take(bare);
    CHECK(bare.reply.status == 204);
    CHECK(dovecot.host.counted("dovecot_refused") == 3);
}

TEST_CASE("many threads read notifications at once", "[dovecot]") {
    test::RunningBackend dovecot(DOVECOT_PLUGIN, "application/json");
    const int good = test::goodAnswersAtOnce(
        dovecot, notification(kId, "messageNew"),
        [](const FakeReply& reply) { return reply.status == 204 && reply.events.size() == 1; });
    CHECK(good == test::kThreads * test::kPosts);
}
