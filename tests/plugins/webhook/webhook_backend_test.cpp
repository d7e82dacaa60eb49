// SPDX-License-Identifier: Apache-2.0
// Bodies through the loaded plugin: the events that are staged, and the mail server's answer.
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <tuple>

#include "plugins/loaded_backend.h"
#include "postbell/kit/hmac.hpp"

using namespace postbell;
using namespace postbell::testing;

namespace {

using Section = std::map<std::string, std::string>;

const Section kFlat = {{"auth", "url"},
                       {"account", "/to"},
                       {"type", "/event"},
                       {"new", R"(["new"])"},
                       {"count_changed", R"(["read"])"},
                       {"unread", "/unread"},
                       {"id", "/id"}};

/// A POST on a tenant's callback.
struct Post {
    explicit Post(std::string body) {
        request.method = "POST";
        request.body = std::move(body);
        reply.callback = POSTBELL_CALLBACK_TENANT;
    }
    FakeRequest request;
    FakeReply reply;
};

std::string hex(const std::string& bytes) {
    std::string digits;
    for (const char c : bytes)
        for (const int shift : {4, 0})
            digits += "0123456789abcdef"[(static_cast<unsigned char>(c) >> shift) & 15];
    return digits;
}

class Running {
  public:
    explicit Running(const Section& section = kFlat) : plugin_(WEBHOOK_PLUGIN) {
        for (const auto& [key, value] : section) host.setConfig(key, value);
        instance_.emplace(plugin_, host);
    }
    void take(Post& post) {
        const postbell_request raw = post.request.raw();
        REQUIRE(instance_->table<postbell_backend_v0>().handle(instance_->self(), &raw,
                                                               post.reply.raw()) == POSTBELL_OK);
        CHECK(post.reply.breach.empty());
    }
    FakeHost host;

  private:
    LoadedPlugin plugin_;
    std::optional<PluginInstance> instance_;
};

}  // namespace

TEST_CASE("new mail is staged for its account, with its count and key", "[webhook]") {
    Running webhook;
    Post post(R"({"to":"anna@example.com","event":"new","unread":4,"id":"m1"})");
    webhook.take(post);

    CHECK(post.reply.status == 204);
    REQUIRE(post.reply.events.size() == 1);
    const StagedEvent& event = post.reply.events[0];
    CHECK(event.kind == MailKind::New);
    CHECK(event.account == "anna@example.com");
    CHECK(event.subscription.empty());
    CHECK(event.unread == 4);
    CHECK(event.dedup_key == "m1");
    CHECK(webhook.host.counted("webhook_events") == 1);
}

TEST_CASE("a changed count has no key: mail may be read twice", "[webhook]") {
    Running webhook;
    Post post(R"({"to":"anna@example.com","event":"read","unread":0,"id":"m1"})");
    webhook.take(post);

    REQUIRE(post.reply.events.size() == 1);
    CHECK(post.reply.events[0].kind == MailKind::Count);
    CHECK(post.reply.events[0].unread == 0);
    CHECK(post.reply.events[0].dedup_key.empty());
}

TEST_CASE("a mailbox without a phone is answered as any other", "[webhook]") {
    Running webhook;
    Post post(R"({"to":"anna@example.com","event":"new"})");
    post.reply.refuse("");
    webhook.take(post);
    CHECK(post.reply.status == 204);
    CHECK(post.reply.sentence.empty());
}

TEST_CASE("an event without an address is counted, and the log says where it was looked for",
          "[webhook]") {
    Running webhook;
    Post post(R"({"event":"new"})");
    webhook.take(post);
    CHECK(post.reply.status == 204);
    CHECK(post.reply.events.empty());
    CHECK_THAT(post.reply.sentence, Catch::Contains("`account`"));
    CHECK(webhook.host.counted("webhook_unreadable") == 1);
}

TEST_CASE("a body is taken only with the signature of its callback's secret",
          "[webhook][row:WEBHOOK-2]") {
    Section section = kFlat;
    section["auth"] = "hmac-sha256";
    Running webhook(section);
    const std::string body = R"({"to":"anna@example.com","event":"new"})";
    const auto statusWith = [&](const std::string& key, const std::string& signed_body) {
        Post post(body);
        post.request.callback_secret = "gate pass";
        post.request.headers = {{"x-signature", hex(kit::hmacSha256(key, signed_body))}};
        webhook.take(post);
        CHECK((post.reply.status == 204) == (post.reply.events.size() == 1));
        CHECK((post.reply.status == 401) == !post.reply.sentence.empty());
        CHECK(post.reply.sentence.find("gate pass") == std::string::npos);
        return post.reply.status;
    };
    CHECK(statusWith("gate pass", body) == 204);
    CHECK(statusWith("gate pas", body) == 401);
    CHECK(statusWith("gate pass", body + " ") == 401);
    CHECK(webhook.host.counted("webhook_wrong_secret") == 2);
}

TEST_CASE("an unknown callback is 404", "[webhook]") {
    Running webhook;
    Post post(R"({"to":"anna@example.com","event":"new"})");
    post.request.known = post.reply.known = false;
    webhook.take(post);
    CHECK(post.reply.status == 404);
    CHECK(post.reply.events.size() + post.reply.refused.size() == 0);
}

TEST_CASE("a body that has no events is refused with a sentence", "[webhook]") {
    Running webhook;
    for (const auto& [body, words] :
         {std::pair{"{", "JSON"}, {"null", "`events`"}, {"7", "`events`"}}) {
        Post post(body);
        webhook.take(post);
        CHECK(post.reply.status == 400);
        CHECK_THAT(post.reply.body, Catch::Contains(words));
    }
    Post form(R"({"to":"anna@example.com","event":"new"})");
    form.request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    webhook.take(form);
    CHECK(form.reply.status == 415);
    CHECK(webhook.host.counted("webhook_refused") == 4);
}

TEST_CASE("a JSON body may name its character set, or nothing", "[webhook]") {
    Running webhook;
    for (const char* type : {"", "application/json", "Application/JSON; charset=utf-8"}) {
        Post post(R"({"to":"anna@example.com","event":"new"})");
        if (*type != '\0') post.request.headers = {{"content-type", type}};
        webhook.take(post);
        CHECK(post.reply.status == 204);
    }
}
