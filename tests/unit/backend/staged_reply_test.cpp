// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include <catch2/catch.hpp>

#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::Acceptance;
using backend::MailKind;
using backend::StagedReply;

namespace {

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

struct Rig {
    explicit Rig(std::optional<store::Callback> c = callback(), bool needs_proof = false)
        : target(std::move(c)),
          reply(target ? &*target : nullptr,
                {"ews", needs_proof, lifeClock(), [] { return util::WallTime(); }, events}) {}

    FakeEvents events;
    std::optional<store::Callback> target;
    StagedReply reply;
};

}  // namespace

TEST_CASE("an event of the reported subscription is staged with its count") {
    Rig rig;
    CHECK(rig.reply.event(mail(MailKind::NewMail, "reported", 3)) == Acceptance::Accepted);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.writes.events.size() == 1);
    CHECK(staged.writes.events[0].count == 3);
    CHECK(staged.tally.accepted == 1);
}

TEST_CASE("a subscription that was never reported is served without a badge",
          "[row:SUBID-4][row:SUBID-7]") {
    Rig rig;
    CHECK(rig.reply.event(mail(MailKind::NewMail, "new", 3)) == Acceptance::Accepted);
    CHECK(rig.reply.take().writes.events.at(0).count == store::kUnknownCount);
}

TEST_CASE("an unknown callback has no registration", "[row:SUBID-8]") {
    Rig rig(std::nullopt);
    CHECK(rig.reply.event(mail(MailKind::NewMail, "reported")) == Acceptance::Nobody);
    CHECK(rig.reply.take().tally.nobody == 1);
}

TEST_CASE("where a proof is needed, the wrong one stages nothing and spoils nothing") {
    for (const store::Callback& to : {callback(), managed()}) {
        Rig rig(to, true);
        auto wrong = mail(MailKind::NewMail, "");
        wrong.proof = "guess";
        auto right = mail(MailKind::CountChanged, "");
        right.proof = "proof";
        CHECK(rig.reply.event(wrong) == Acceptance::Denied);
        CHECK(rig.reply.event(right) == Acceptance::Accepted);
        const backend::Staged staged = rig.reply.take();
        CHECK(staged.tally.denied == 1);
        CHECK(staged.writes.events.size() == 1);
    }
}

TEST_CASE("on a registration's callback an event names no account") {
    Rig rig;
    auto named = mail(MailKind::NewMail);
    named.account = "anna@example.com";
    CHECK(rig.reply.event(named) == Acceptance::Malformed);
    const backend::Staged staged = rig.reply.take();
    CHECK(staged.writes.isEmpty());
    CHECK(staged.heard.empty());
}

TEST_CASE("a sign of life is no mail") {
    Rig rig;
    CHECK(rig.reply.event(mail(MailKind::Heard, "reported")) == Acceptance::Accepted);
    const backend::Staged staged = rig.reply.take();
    CHECK(staged.writes.events.empty());
    CHECK(staged.heard.size() == 1);
}

TEST_CASE("before a report, nothing that a message says makes a badge or an end", "[row:SUBID-4]") {
    store::Recipient waiting = recipient();
    waiting.subscription = {};
    Rig rig(callback(waiting));
    CHECK(rig.reply.event(mail(MailKind::NewMail, "", 77)) == Acceptance::Accepted);
    CHECK(rig.reply.event(mail(MailKind::Ended, "")) == Acceptance::Accepted);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.writes.events.size() == 1);
    CHECK(staged.writes.events[0].count == store::kUnknownCount);
    CHECK(staged.writes.changes.empty());
    CHECK(staged.heard.empty());
}

TEST_CASE("another instance than the reported one serves no registration") {
    store::Recipient elsewhere = recipient();
    elsewhere.subscription.instance = "office365";
    Rig rig(callback(elsewhere));
    for (const char* id : {"reported", "made-up", ""})
        CHECK(rig.reply.event(mail(MailKind::NewMail, id)) == Acceptance::Nobody);
    CHECK(rig.reply.take().tally.nobody == 3);
}

TEST_CASE("a reply takes ten thousand events, and no more") {
    Rig rig(std::nullopt);
    for (int i = 0; i < 10'000; ++i) rig.reply.event(mail(MailKind::NewMail, "x"));
    CHECK(rig.reply.event(mail(MailKind::NewMail, "x")) == Acceptance::TooMany);
    const backend::Staged staged = rig.reply.take();
    CHECK(staged.tally.nobody == 10'000);
    CHECK(staged.tally.too_many);
}

TEST_CASE("a note is for a known registration only, and the last one counts") {
    Rig rig;
    CHECK(rig.reply.note("old words") == Acceptance::Accepted);
    CHECK(rig.reply.note("words") == Acceptance::Accepted);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.writes.changes.size() == 1);
    CHECK(staged.writes.changes[0].kind == store::SubscriptionChange::Kind::Noted);
    CHECK(staged.writes.changes[0].note == "words");
    CHECK_FALSE(staged.writes.isEmpty());
    CHECK(Rig(std::nullopt).reply.note("words") == Acceptance::Nobody);
    CHECK(Rig(wholeServer()).reply.note("words") == Acceptance::Nobody);
}

TEST_CASE("a note on a managed subscription's callback is for the gateway, and the last one counts",
          "[row:MANAGED-32]") {
    Rig rig(managed());
    CHECK(rig.reply.note("old code") == Acceptance::Accepted);
    CHECK(rig.reply.note("code") == Acceptance::Accepted);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.writes.mailbox_changes.size() == 1);
    CHECK(staged.writes.mailbox_changes[0].kind == store::MailboxChange::Kind::Noted);
    CHECK(staged.writes.mailbox_changes[0].note == "code");
    CHECK(staged.writes.changes.empty());
    CHECK_FALSE(staged.writes.isEmpty());
}

TEST_CASE("a whole server's message is read with its store's time set apart") {
    Rig rig(wholeServer());
    CHECK(rig.reply.readingTime() == util::RealTime::duration::zero());
    rig.events.reported = recipients(1);
    CHECK(rig.reply.event(mail(MailKind::NewMail, "reported")) == Acceptance::Accepted);
    CHECK(rig.reply.readingTime() > util::RealTime::duration::zero());
    CHECK(rig.reply.take().writes.events.size() == 1);
}
