// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include <catch2/catch.hpp>
#include <memory>

#include "support/reply_rules.h"
#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::StagedReply;

namespace {

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

store::Callback callback(store::Recipient of = recipient()) {
    return {util::sha256("proof"), store::RegistrationCallback{std::move(of)}};
}

store::Callback managed() {
    store::MailboxCallback of;
    of.mailbox = 3;
    of.subscription_hash = util::sha256("current");
    of.served = recipients(1);
    return {util::sha256("proof"), std::move(of)};
}

store::Callback wholeServer() {
    store::ServerCallback of;
    of.callback.instance = "ews";
    of.tenant_hash_key = "key";
    return {"", std::move(of)};
}

postbell_mail_event event(std::uint32_t kind, std::string_view subscription,
                          std::int32_t unread = -1) {
    postbell_mail_event e{};
    e.size = sizeof e;
    e.kind = kind;
    if (!subscription.empty()) e.subscription = text(subscription);
    e.unread = unread;
    return e;
}

struct Rig {
    explicit Rig(std::optional<store::Callback> c = callback(), bool needs_proof = false)
        : target(std::move(c)),
          reply(target ? &*target : nullptr,
                {"ews", needs_proof, lifeClock(), [] { return util::WallTime(); }, events}) {}
    postbell_status stage(const postbell_mail_event& e) {
        return reply.raw()->event(reply.raw(), &e);
    }
    postbell_status note(std::string_view words) {
        return reply.raw()->note(reply.raw(), text(words));
    }

    FakeEvents events;
    std::optional<store::Callback> target;
    StagedReply reply;
};

}  // namespace

TEST_CASE("an event of the reported subscription is staged with its count") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported", 3)) == POSTBELL_OK);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.events.size() == 1);
    CHECK(staged.events[0].count == 3);
    CHECK(staged.accepted == 1);
}

TEST_CASE("a subscription that was never reported is served without a badge",
          "[row:SUBID-4][row:SUBID-7]") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "new", 3)) == POSTBELL_OK);
    CHECK(rig.reply.take().events.at(0).count == store::kUnknownCount);
}

TEST_CASE("an unknown callback is nobody's", "[row:SUBID-8]") {
    Rig rig(std::nullopt);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported")) == POSTBELL_ENOTFOUND);
    CHECK(rig.reply.take().nobody == 1);
}

TEST_CASE("where a proof is needed, the wrong one stages nothing and spoils nothing") {
    for (const store::Callback& to : {callback(), managed()}) {
        Rig rig(to, true);
        auto wrong = event(POSTBELL_MAIL_NEW, "");
        wrong.proof = text("guess");
        auto right = event(POSTBELL_MAIL_COUNT, "");
        right.proof = text("proof");
        CHECK(rig.stage(wrong) == POSTBELL_EDENIED);
        CHECK(rig.stage(right) == POSTBELL_OK);
        const backend::Staged staged = rig.reply.take();
        CHECK(staged.denied == 1);
        CHECK(staged.events.size() == 1);
    }
}

TEST_CASE("what breaks the contract is refused") {
    Rig rig;
    auto long_key = event(POSTBELL_MAIL_NEW, "reported");
    const std::string key(513, 'k');
    long_key.dedup_key = text(key);
    CHECK(rig.stage(long_key) == POSTBELL_EINVAL);
    CHECK(rig.stage(event(0, "reported")) == POSTBELL_EINVAL);
    auto named = event(POSTBELL_MAIL_NEW, "");
    named.account = text("anna@example.com");
    CHECK(rig.stage(named) == POSTBELL_EINVAL);
    CHECK(rig.reply.raw()->event(rig.reply.raw(), nullptr) == POSTBELL_EINVAL);
    CHECK(rig.reply.raw()->respond(rig.reply.raw(), 99, nullptr, 0, {nullptr, 0}) ==
          POSTBELL_EINVAL);
    const backend::Staged staged = rig.reply.take();
    CHECK_FALSE(staged.needsCommit());
    CHECK(staged.heard.empty());
}

TEST_CASE("a kind of a later contract is a sign of life") {
    Rig rig;
    CHECK(rig.stage(event(99, "reported")) == POSTBELL_OK);
    const backend::Staged staged = rig.reply.take();
    CHECK(staged.events.empty());
    CHECK(staged.heard.size() == 1);
}

TEST_CASE("before a report, nothing that a message says makes a badge or an end", "[row:SUBID-4]") {
    store::Recipient waiting = recipient();
    waiting.subscription = {};
    Rig rig(callback(waiting));
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "", 77)) == POSTBELL_OK);
    CHECK(rig.stage(event(POSTBELL_MAIL_ENDED, "")) == POSTBELL_OK);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.events.size() == 1);
    CHECK(staged.events[0].count == store::kUnknownCount);
    CHECK(staged.changes.empty());
    CHECK(staged.heard.empty());
}

TEST_CASE("another instance than the reported one serves nobody") {
    store::Recipient elsewhere = recipient();
    elsewhere.subscription.instance = "office365";
    Rig rig(callback(elsewhere));
    for (const char* id : {"reported", "made-up", ""})
        CHECK(rig.stage(event(POSTBELL_MAIL_NEW, id)) == POSTBELL_ENOTFOUND);
    CHECK(rig.reply.take().nobody == 3);
}

TEST_CASE("a reply takes ten thousand events, and no more") {
    Rig rig(std::nullopt);
    for (int i = 0; i < 10'000; ++i) rig.stage(event(POSTBELL_MAIL_NEW, "x"));
    CHECK(rig.stage(event(0, "x")) == POSTBELL_EINVAL);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "x")) == POSTBELL_ELIMIT);
    const backend::Staged staged = rig.reply.take();
    CHECK(staged.nobody == 10'000);
    CHECK(staged.too_many);
}

TEST_CASE("a note has up to 1,024 bytes, and is for a known registration only") {
    const std::string longest(1024, 'n');
    Rig rig;
    CHECK(rig.note(longest) == POSTBELL_OK);
    CHECK(rig.note(longest + "n") == POSTBELL_EINVAL);
    CHECK(rig.note("") == POSTBELL_EINVAL);
    CHECK(rig.reply.take().note == longest);
    CHECK(Rig(std::nullopt).note("words") == POSTBELL_ENOTFOUND);
    CHECK(Rig(wholeServer()).note("words") == POSTBELL_ENOTFOUND);
}

TEST_CASE("a note is printable, whatever a mail server made a backend write") {
    const std::string steering(
        "a\x1b[2J\a\xc2\x9b\xe2\x80\xae"
        "b\0c",
        14);
    Rig rig;
    CHECK(rig.note(steering) == POSTBELL_OK);
    CHECK(rig.reply.take().note == "a [2J   b c");
    Rig of_mailbox(managed());
    CHECK(of_mailbox.note(steering) == POSTBELL_OK);
    CHECK(of_mailbox.reply.take().mailbox_changes.at(0).note == "a [2J   b c");
}

TEST_CASE("a note on a managed subscription's callback is for the gateway, and the last one counts",
          "[row:MANAGED-32]") {
    Rig rig(managed());
    CHECK(rig.note("old code") == POSTBELL_OK);
    CHECK(rig.note("code") == POSTBELL_OK);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.mailbox_changes.size() == 1);
    CHECK(staged.mailbox_changes[0].kind == store::MailboxChange::Kind::Noted);
    CHECK(staged.mailbox_changes[0].note == "code");
    CHECK_FALSE(staged.note);
    CHECK(staged.needsCommit());
}

TEST_CASE("a whole server's message is read with its store's time set apart") {
    Rig rig(wholeServer());
    CHECK(rig.reply.readingTime() == util::RealTime::duration::zero());
    rig.events.reported = recipients(1);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported")) == POSTBELL_OK);
    CHECK(rig.reply.readingTime() > util::RealTime::duration::zero());
    CHECK(rig.reply.take().events.size() == 1);
}

namespace {

/// A reply on the callback that a rule speaks of; "served" was reported, and proven.
std::unique_ptr<Rig> ruled(test::RuledCallback by) {
    store::Recipient served = recipient();
    served.subscription.id_hash = util::sha256("served");
    std::optional<store::Callback> target = callback(served);
    if (by == test::RuledCallback::Unknown) target = std::nullopt;
    if (by == test::RuledCallback::Tenant) target = wholeServer();
    auto rig = std::make_unique<Rig>(std::move(target));
    rig->events.reported = rig->events.proven = {served};
    return rig;
}

}  // namespace

TEST_CASE("a reply keeps the contract's rules, as the SDK's fake does") {
    for (const test::EventRule& rule : test::eventRules()) {
        INFO(rule.says);
        CHECK(ruled(rule.callback)->stage(rule.event) == rule.status);
    }
    for (const test::NoteRule& rule : test::noteRules()) {
        INFO(rule.says);
        CHECK(ruled(rule.callback)->note(rule.text) == rule.status);
    }
    for (const test::AnswerRule& rule : test::answerRules()) {
        INFO(rule.says);
        const auto rig = ruled(test::RuledCallback::Registration);
        CHECK(test::tryAnswer(rig->reply.raw(), rule) == rule.status);
    }
}

TEST_CASE("a backend's sentence is kept, fit for a line of the log") {
    Rig rig;
    CHECK(rig.reply.raw()->problem(rig.reply.raw(), text("the\nserver sends \xff\xc2\x9b")) ==
          POSTBELL_OK);
    CHECK(rig.reply.take().problem == "the server sends ? ");
}
