// SPDX-License-Identifier: Apache-2.0
#include "backend/contract.h"

#include <catch2/catch.hpp>
#include <memory>

#include "support/reply_rules.h"
#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::MailKind;
using backend::Reading;

namespace {

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

postbell_mail_event event(std::uint32_t kind, std::string_view subscription = {}) {
    postbell_mail_event e{};
    e.size = sizeof e;
    e.kind = kind;
    if (!subscription.empty()) e.subscription = text(subscription);
    e.unread = -1;
    return e;
}

store::Callback wholeServer() {
    store::ServerCallback of;
    of.callback.instance = "ews";
    of.tenant_hash_key = "key";
    return {"", std::move(of)};
}

/// A reply on the callback that a rule speaks of; "served" was reported, and proven.
struct Rig {
    explicit Rig(test::RuledCallback by = test::RuledCallback::Registration) {
        store::Recipient served = recipient();
        served.subscription.id_hash = util::sha256("served");
        events.reported = events.proven = {served};
        if (by == test::RuledCallback::Registration)
            target = store::Callback{util::sha256("proof"), store::RegistrationCallback{served}};
        if (by == test::RuledCallback::Tenant) target = wholeServer();
        staged.emplace(target ? &*target : nullptr,
                       backend::StagedReply::Message{"ews", false, lifeClock(),
                                                     [] { return util::WallTime(); }, events});
        reply.emplace(*staged);
    }
    postbell_status stage(const postbell_mail_event& e) { return raw()->event(raw(), &e); }
    postbell_status note(std::string_view words) { return raw()->note(raw(), text(words)); }
    postbell_reply* raw() { return reply->get(); }

    FakeEvents events;
    std::optional<store::Callback> target;
    std::optional<backend::StagedReply> staged;
    std::optional<backend::RawReply> reply;
};

}  // namespace

TEST_CASE("an event of the contract is read as a value") {
    postbell_mail_event raw = event(POSTBELL_MAIL_NEW, "reported");
    raw.folder = text("inbox");
    raw.unread = 3;
    raw.occurred_ms = 5;
    const auto read = backend::mailEventOf(raw);
    REQUIRE(read);
    CHECK(read->kind == MailKind::NewMail);
    CHECK(read->subscription == "reported");
    CHECK(read->folder == "inbox");
    CHECK(read->unread == 3);
    CHECK(read->occurred == util::fromMs(5));
    CHECK(read->account.empty());
}

TEST_CASE("of lost mail no count is believed") {
    postbell_mail_event raw = event(POSTBELL_MAIL_LOST);
    raw.unread = 3;
    CHECK_FALSE(backend::mailEventOf(raw)->unread);
}

TEST_CASE("a kind of a later contract is a sign of life") {
    CHECK(backend::mailEventOf(event(99, "reported"))->kind == MailKind::Heard);
}

TEST_CASE("a call that breaks the contract is refused, and stages nothing") {
    Rig rig;
    postbell_mail_event long_key = event(POSTBELL_MAIL_NEW, "served");
    const std::string key(513, 'k');
    long_key.dedup_key = text(key);
    CHECK(rig.stage(long_key) == POSTBELL_EINVAL);
    CHECK(rig.stage(event(0, "served")) == POSTBELL_EINVAL);
    CHECK(rig.raw()->event(rig.raw(), nullptr) == POSTBELL_EINVAL);
    CHECK(rig.raw()->respond(rig.raw(), 99, nullptr, 0, {nullptr, 0}) == POSTBELL_EINVAL);
    const backend::Staged staged = rig.staged->take();
    CHECK(staged.writes.isEmpty());
    CHECK(staged.heard.empty());
}

TEST_CASE("an event that breaks the contract is refused, however many came before") {
    Rig rig(test::RuledCallback::Unknown);
    for (int i = 0; i < 10'000; ++i) rig.stage(event(POSTBELL_MAIL_NEW, "x"));
    CHECK(rig.stage(event(0, "x")) == POSTBELL_EINVAL);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "x")) == POSTBELL_ELIMIT);
}

TEST_CASE("a note has up to 1,024 bytes") {
    const std::string longest(1024, 'n');
    Rig rig;
    CHECK(rig.note(longest) == POSTBELL_OK);
    CHECK(rig.note(longest + "n") == POSTBELL_EINVAL);
    CHECK(rig.note("") == POSTBELL_EINVAL);
    CHECK(rig.staged->take().writes.changes.at(0).note == longest);
}

TEST_CASE("a note is printable, whatever a mail server made a backend write") {
    const std::string steering(
        "a\x1b[2J\a\xc2\x9b\xe2\x80\xae"
        "b\0c",
        14);
    Rig rig;
    CHECK(rig.note(steering) == POSTBELL_OK);
    CHECK(rig.staged->take().writes.changes.at(0).note == "a [2J   b c");
}

TEST_CASE("a backend's sentence is kept, fit for a line of the log") {
    Rig rig;
    CHECK(rig.raw()->problem(rig.raw(), text("the\nserver sends \xff\xc2\x9b")) == POSTBELL_OK);
    CHECK(rig.staged->take().problem == "the server sends ? ");
}

TEST_CASE("a reply keeps the contract's rules, as the SDK's fake does") {
    for (const test::EventRule& rule : test::eventRules()) {
        INFO(rule.says);
        CHECK(Rig(rule.callback).stage(rule.event) == rule.status);
    }
    for (const test::NoteRule& rule : test::noteRules()) {
        INFO(rule.says);
        CHECK(Rig(rule.callback).note(rule.text) == rule.status);
    }
    for (const test::AnswerRule& rule : test::answerRules()) {
        INFO(rule.says);
        Rig rig;
        CHECK(test::tryAnswer(rig.raw(), rule) == rule.status);
    }
}

TEST_CASE("a plugin's status says whether the message or the backend is at fault") {
    CHECK(backend::readingOf(POSTBELL_OK).result == Reading::Result::Read);
    CHECK(backend::readingOf(1).result == Reading::Result::Read);
    CHECK(backend::readingOf(POSTBELL_EINVAL).result == Reading::Result::Unreadable);
    CHECK(backend::readingOf(POSTBELL_EINTERNAL).result == Reading::Result::Failed);
    CHECK(backend::readingOf(POSTBELL_EINTERNAL).status == "POSTBELL_EINTERNAL");
}

TEST_CASE("an event, a note and an answer of absurd lengths are refused, and not read",
          "[backend]") {
    const postbell_str absurd{"x", std::size_t{1} << 40};
    Rig rig;
    for (postbell_str postbell_mail_event::*text :
         {&postbell_mail_event::subscription, &postbell_mail_event::account,
          &postbell_mail_event::proof, &postbell_mail_event::folder,
          &postbell_mail_event::dedup_key, &postbell_mail_event::canonical_folder}) {
        postbell_mail_event spoilt = event(POSTBELL_MAIL_NEW, "served");
        spoilt.*text = absurd;
        CHECK(rig.stage(spoilt) == POSTBELL_EINVAL);
    }
    CHECK(rig.raw()->note(rig.raw(), absurd) == POSTBELL_EINVAL);
    CHECK(rig.raw()->problem(rig.raw(), absurd) == POSTBELL_OK);
    for (const postbell_header& header :
         {postbell_header{absurd, text("x"), 0}, postbell_header{text("x"), absurd, 0}})
        CHECK(rig.raw()->respond(rig.raw(), 200, &header, 1, {}) == POSTBELL_EINVAL);
}

TEST_CASE("the first breach of a reply is kept for the log", "[backend]") {
    const auto breachOf = [](const auto& write) {
        Rig rig;
        write(rig);
        return rig.staged->take().breach;
    };
    const auto respond = [](Rig& rig, std::int32_t status, std::string_view name,
                            std::string_view value) {
        const postbell_header header{text(name), text(value), 0};
        rig.raw()->respond(rig.raw(), status, &header, 1, {});
    };
    CHECK(breachOf([&](Rig& rig) { respond(rig, 200, "X-Good", "yes"); }).empty());
    CHECK_THAT(breachOf([&](Rig& rig) { respond(rig, 200, "x-bad", "a\r\nb"); }),
               Catch::Contains("header \"x-bad\" is left out"));
    CHECK_THAT(breachOf([&](Rig& rig) { respond(rig, 99, "x", "y"); }),
               Catch::Contains("respond() got an answer whose status"));
    CHECK_THAT(breachOf([&](Rig& rig) { rig.note(""); }), Catch::Contains("note()"));
    CHECK_THAT(breachOf([&](Rig& rig) { rig.stage(event(0)); }), Catch::Contains("event()"));
}
