// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include <catch2/catch.hpp>
#include <memory>

#include "support/reply_rules.h"
#include "util/crypto.h"

using namespace postbell;
using backend::StagedReply;

namespace {

constexpr std::int64_t kNow = 1'000'000'000;

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

std::optional<store::Callback> callback() {
    store::Callback c;
    c.registration.id = 7;
    c.registration.device = 8;
    c.registration.created_at = kNow;
    c.registration.subscription.instance = "ews";
    c.registration.subscription.id_hash = util::sha256("reported");
    c.registration.subscription.folder_hash = util::sha256("inbox");
    c.registration.subscription.reported_at = kNow;
    c.proof_hash = util::sha256("proof");
    return c;
}

postbell_mail_event event(std::uint32_t kind, std::string_view subscription,
                          std::string_view folder = {}, std::int32_t unread = -1) {
    postbell_mail_event e{};
    e.size = sizeof e;
    e.kind = kind;
    if (!subscription.empty()) e.subscription = text(subscription);
    if (!folder.empty()) e.folder = text(folder);
    e.unread = unread;
    return e;
}

struct Rig {
    explicit Rig(std::optional<store::Callback> c = callback(), bool needs_proof = false,
                 std::int64_t resubscribe_after_ms = 1'800'000)
        : target(std::move(c)),
          reply(target, "ews", needs_proof, {kNow, kNow, resubscribe_after_ms},
                [this] { return target->registration.seen.device_at; }) {}
    postbell_status stage(const postbell_mail_event& e) {
        return reply.raw()->event(reply.raw(), &e);
    }
    std::optional<store::Callback> target;
    StagedReply reply;
};

}  // namespace

TEST_CASE("a count of the reported folder is the registration's count", "[row:BADGE-1]") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported", "inbox", 3)) == POSTBELL_OK);
    REQUIRE(rig.reply.events.size() == 1);
    CHECK(rig.reply.events[0].count == 3);
    CHECK(rig.reply.events[0].kind == store::StagedEvent::Kind::NewMail);
    CHECK(rig.reply.heard.size() == 1);
}

TEST_CASE("an event without a folder speaks of the inbox") {
    Rig rig;
    rig.stage(event(POSTBELL_MAIL_COUNT, "reported", "", 0));
    REQUIRE(rig.reply.events.size() == 1);
    CHECK(rig.reply.events[0].count == 0);
}

TEST_CASE("another folder than the reported one is a sign of life, no more", "[row:BADGE-11]") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported", "archive", 3)) == POSTBELL_OK);
    CHECK(rig.reply.events.empty());
    CHECK(rig.reply.heard.size() == 1);
}

TEST_CASE("as long as no folder was reported, no count of a folder becomes a badge",
          "[row:BADGE-11]") {
    auto c = callback();
    c->registration.subscription.folder_hash.clear();
    Rig rig(c);
    rig.stage(event(POSTBELL_MAIL_COUNT, "reported", "inbox", 3));
    REQUIRE(rig.reply.events.size() == 1);
    CHECK(rig.reply.events[0].count == store::kUnknownCount);
}

TEST_CASE("an id that was never reported is served without a badge and ends nothing",
          "[row:SUBID-4][row:SUBID-7]") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "new", "inbox", 3)) == POSTBELL_OK);
    CHECK(rig.stage(event(POSTBELL_MAIL_ENDED, "new")) == POSTBELL_OK);
    REQUIRE(rig.reply.events.size() == 1);
    CHECK(rig.reply.events[0].count == store::kUnknownCount);
    CHECK(rig.reply.changes.empty());
    CHECK(rig.reply.heard.empty());
}

TEST_CASE("the reported id ends its subscription, and the app is asked to come by, once",
          "[row:STATE-6][row:STATE-11]") {
    Rig rig;
    rig.stage(event(POSTBELL_MAIL_ENDED, "reported"));
    REQUIRE(rig.reply.changes.size() == 1);
    REQUIRE(rig.reply.events.size() == 1);
    CHECK(rig.reply.events[0].kind == store::StagedEvent::Kind::Check);

    auto ended = callback();
    ended->registration.subscription.ended_at = kNow - 1;
    Rig again(ended);
    again.stage(event(POSTBELL_MAIL_ENDED, "reported"));
    CHECK(again.reply.events.empty());
    again.stage(event(POSTBELL_MAIL_HEARD, "reported"));
    CHECK(again.reply.changes.back().kind == store::SubscriptionChange::Kind::HeardAgain);
}

TEST_CASE("where silence means nothing, what comes after an end does not take it back",
          "[row:STATE-14]") {
    auto ended = callback();
    ended->registration.subscription.ended_at = kNow - 1;
    Rig late(ended, false, 0);
    CHECK(late.stage(event(POSTBELL_MAIL_NEW, "reported")) == POSTBELL_OK);
    CHECK(late.reply.events.size() == 1);
    CHECK(late.reply.changes.empty());
}

TEST_CASE("an unknown callback is nobody's", "[row:SUBID-8]") {
    Rig rig(std::nullopt);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported")) == POSTBELL_ENOTFOUND);
    CHECK(rig.reply.nobody == 1);
}

TEST_CASE("where a proof is needed, the wrong one stages nothing and spoils nothing") {
    Rig rig(callback(), true);
    auto wrong = event(POSTBELL_MAIL_NEW, "reported");
    wrong.proof = text("guess");
    auto right = event(POSTBELL_MAIL_COUNT, "reported");
    right.proof = text("proof");
    CHECK(rig.stage(wrong) == POSTBELL_EDENIED);
    CHECK(rig.stage(right) == POSTBELL_OK);
    CHECK(rig.reply.events.size() == 1);
}

TEST_CASE("what breaks the contract is refused") {
    Rig rig;
    auto long_key = event(POSTBELL_MAIL_NEW, "reported");
    const std::string key(513, 'k');
    long_key.dedup_key = text(key);
    CHECK(rig.stage(long_key) == POSTBELL_EINVAL);
    CHECK(rig.reply.raw()->respond(rig.reply.raw(), 99, nullptr, 0, {nullptr, 0}) ==
          POSTBELL_EINVAL);
}

TEST_CASE("a reply keeps the contract's rules, as the SDK's fake does") {
    const auto on = [](test::RuledCallback ruled) {
        auto target = callback();
        target->registration.subscription.id_hash = util::sha256("served");
        return std::make_unique<Rig>(ruled == test::RuledCallback::Unknown ? std::nullopt : target);
    };
    for (const test::EventRule& rule : test::eventRules()) {
        if (rule.callback == test::RuledCallback::Tenant) continue;
        INFO(rule.says);
        CHECK(on(rule.callback)->stage(rule.event) == rule.status);
    }
    for (const test::NoteRule& rule : test::noteRules()) {
        if (rule.callback == test::RuledCallback::Tenant) continue;
        INFO(rule.says);
        const auto rig = on(rule.callback);
        CHECK(rig->reply.raw()->note(rig->reply.raw(), text(rule.text)) == rule.status);
    }
    for (const test::AnswerRule& rule : test::answerRules()) {
        INFO(rule.says);
        const auto rig = on(test::RuledCallback::Registration);
        CHECK(test::tryAnswer(rig->reply.raw(), rule) == rule.status);
    }
}

TEST_CASE("a backend's sentence is kept, fit for a line of the log") {
    Rig rig;
    CHECK(rig.reply.raw()->problem(rig.reply.raw(), text("the\nserver sends \xff")) == POSTBELL_OK);
    CHECK(rig.reply.problem == "the server sends ?");
}

namespace {

/// Of a mailbox with two registrations; the second one's app is turned off.
std::optional<store::Callback> managed(const std::string& subscription = "current") {
    store::Callback c;
    c.managed = 3;
    c.proof_hash = util::sha256("proof");
    c.subscription_hash = subscription.empty() ? "" : util::sha256(subscription);
    for (const store::Id id : {7, 8, 9}) {
        store::Registration r;
        r.id = id;
        r.app_enabled = id != 8;
        r.managed.id = 3;
        c.served.push_back(r);
    }
    return c;
}

postbell_mail_event proven(std::uint32_t kind, std::string_view subscription,
                           std::string_view proof = "proof") {
    postbell_mail_event e = event(kind, subscription);
    e.proof = text(proof);
    return e;
}

}  // namespace

TEST_CASE("mail of a managed mailbox is for each of its live registrations", "[row:MANAGED-3]") {
    Rig rig(managed(), true);
    CHECK(rig.stage(proven(POSTBELL_MAIL_NEW, "current")) == POSTBELL_OK);
    REQUIRE(rig.reply.events.size() == 2);
    CHECK(rig.reply.events[0].registration == 7);
    CHECK(rig.reply.events[1].registration == 9);
    CHECK(rig.reply.events[0].count == store::kUnknownCount);
    CHECK(rig.reply.heard == std::vector<store::Id>{7, 9});
    CHECK(rig.reply.changes.empty());
}

TEST_CASE("what a server says of a managed subscription is for the gateway", "[row:MANAGED-9]") {
    Rig rig(managed(), true);
    CHECK(rig.stage(proven(POSTBELL_MAIL_RENEW, "current")) == POSTBELL_OK);
    CHECK(rig.stage(proven(POSTBELL_MAIL_ENDED, "current")) == POSTBELL_OK);
    CHECK(rig.reply.events.empty());
    REQUIRE(rig.reply.changes.size() == 2);
    CHECK(rig.reply.changes[0].kind == store::SubscriptionChange::Kind::ManagedRenewAsked);
    CHECK(rig.reply.changes[1].kind == store::SubscriptionChange::Kind::ManagedEnded);
    CHECK(rig.reply.changes[1].registration == 3);
    CHECK(rig.reply.managed_changed);
}

TEST_CASE("a managed callback hears its own subscription only, with its proof",
          "[row:MANAGED-10]") {
    Rig rig(managed(), true);
    CHECK(rig.stage(proven(POSTBELL_MAIL_NEW, "another")) == POSTBELL_ENOTFOUND);
    CHECK(rig.stage(proven(POSTBELL_MAIL_NEW, "current", "guess")) == POSTBELL_EDENIED);
    CHECK(rig.reply.events.empty());

    Rig unknown_yet(managed(""), true);  // the answer that names the id is still under way
    CHECK(unknown_yet.stage(proven(POSTBELL_MAIL_NEW, "current")) == POSTBELL_OK);
    CHECK(unknown_yet.reply.events.size() == 2);
    CHECK(unknown_yet.stage(proven(POSTBELL_MAIL_ENDED, "older")) == POSTBELL_OK);
    CHECK(unknown_yet.reply.changes.empty());
}

TEST_CASE("a managed subscription that serves nobody any more is looked at", "[row:MANAGED-23]") {
    auto callback = managed();
    for (store::Registration& r : callback->served) r.app_enabled = false;
    Rig rig(callback, true);
    CHECK(rig.stage(proven(POSTBELL_MAIL_NEW, "current")) == POSTBELL_ENOTFOUND);
    REQUIRE(rig.reply.changes.size() == 1);
    CHECK(rig.reply.changes[0].kind == store::SubscriptionChange::Kind::ManagedIdle);
    CHECK(rig.reply.managed_changed);
}
