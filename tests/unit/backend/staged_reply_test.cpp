// SPDX-License-Identifier: Apache-2.0
#include "backend/staged_reply.h"

#include <catch2/catch.hpp>
#include <memory>

#include "registry/keys.h"
#include "support/reply_rules.h"
#include "util/crypto.h"

using namespace postbell;
using backend::StagedReply;

namespace {

constexpr util::WallTime kNow = util::fromMs(1'000'000'000);

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

std::optional<store::Callback> callback() {
    store::RegistrationCallback of;
    store::Recipient& r = of.recipient;
    r.id = 7;
    r.device = 8;
    r.app = std::make_shared<const store::App>();
    r.created_at = kNow;
    r.subscription.instance = "ews";
    r.subscription.id_hash = util::sha256("reported");
    r.subscription.folder_hash = util::sha256("inbox");
    r.subscription.reported_at = kNow;
    return store::Callback{util::sha256("proof"), std::move(of)};
}

store::Subscription& subscriptionOf(std::optional<store::Callback>& callback) {
    return std::get<store::RegistrationCallback>(callback->of).recipient.subscription;
}

/// Of whom an event of a whole mail server is, the test says.
class Whole final : public store::Events {
  public:
    std::vector<store::Recipient> reported, proven;
    std::string asked_id, asked_account;

    std::vector<store::Recipient> reportedBy(store::Id, std::string_view,
                                             std::string_view id_hash) override {
        asked_id = id_hash;
        return reported;
    }
    std::vector<store::Recipient> provenFor(store::Id, std::string_view account_key) override {
        asked_account = account_key;
        return proven;
    }
    std::optional<store::Callback> findCallback(std::string_view) override { return {}; }
    void stage(store::Batch) override {}
    void settle(std::vector<store::Settlement>) override {}
    std::optional<store::PushTarget> pushTarget(store::Id) override { return {}; }
    std::vector<store::BadgeShare> badgeShares(store::Id) override { return {}; }
    void eachPending(const std::function<void(const store::Pending&)>&) override {}
    void setPendingSink(store::PendingSink*) override {}
};

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
                 util::Milliseconds resubscribe_after = std::chrono::minutes(30))
        : target(std::move(c)),
          reply(target ? &*target : nullptr, {"ews",
                                              needs_proof,
                                              {kNow, kNow, resubscribe_after},
                                              [] { return util::WallTime(); },
                                              server}) {}
    postbell_status stage(const postbell_mail_event& e) {
        return reply.raw()->event(reply.raw(), &e);
    }
    /// All that was staged so far.
    const backend::Staged& staged() {
        backend::Staged more = reply.take();
        all.events.insert(all.events.end(), more.events.begin(), more.events.end());
        all.changes.insert(all.changes.end(), more.changes.begin(), more.changes.end());
        all.heard.insert(all.heard.end(), more.heard.begin(), more.heard.end());
        all.mailbox_changes.insert(all.mailbox_changes.end(), more.mailbox_changes.begin(),
                                   more.mailbox_changes.end());
        all.left_out |= more.left_out;
        all.nobody += more.nobody;
        if (more.note) all.note = more.note;
        return all;
    }
    backend::Staged all;
    Whole server;
    std::optional<store::Callback> target;
    StagedReply reply;
};

}  // namespace

TEST_CASE("a count of the reported folder is the registration's count", "[row:BADGE-1]") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported", "inbox", 3)) == POSTBELL_OK);
    REQUIRE(rig.staged().events.size() == 1);
    CHECK(rig.staged().events[0].count == 3);
    CHECK(rig.staged().events[0].kind == store::StagedEvent::Kind::NewMail);
    CHECK(rig.staged().heard.size() == 1);
}

TEST_CASE("an event without a folder speaks of the inbox") {
    Rig rig;
    rig.stage(event(POSTBELL_MAIL_COUNT, "reported", "", 0));
    REQUIRE(rig.staged().events.size() == 1);
    CHECK(rig.staged().events[0].count == 0);
}

TEST_CASE("another folder than the reported one is a sign of life, no more", "[row:BADGE-11]") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported", "archive", 3)) == POSTBELL_OK);
    CHECK(rig.staged().events.empty());
    CHECK(rig.staged().heard.size() == 1);
}

TEST_CASE("as long as no folder was reported, no count of a folder becomes a badge",
          "[row:BADGE-11]") {
    auto c = callback();
    subscriptionOf(c).folder_hash.clear();
    Rig rig(c);
    rig.stage(event(POSTBELL_MAIL_COUNT, "reported", "inbox", 3));
    REQUIRE(rig.staged().events.size() == 1);
    CHECK(rig.staged().events[0].count == store::kUnknownCount);
}

TEST_CASE("an id that was never reported is served without a badge and ends nothing",
          "[row:SUBID-4][row:SUBID-7]") {
    Rig rig;
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "new", "inbox", 3)) == POSTBELL_OK);
    CHECK(rig.stage(event(POSTBELL_MAIL_ENDED, "new")) == POSTBELL_OK);
    REQUIRE(rig.staged().events.size() == 1);
    CHECK(rig.staged().events[0].count == store::kUnknownCount);
    CHECK(rig.staged().changes.empty());
    CHECK(rig.staged().heard.empty());
}

TEST_CASE("the reported id ends its subscription, and the app is asked to come by, once",
          "[row:STATE-6][row:STATE-11]") {
    Rig rig;
    rig.stage(event(POSTBELL_MAIL_ENDED, "reported"));
    REQUIRE(rig.staged().changes.size() == 1);
    REQUIRE(rig.staged().events.size() == 1);
    CHECK(rig.staged().events[0].kind == store::StagedEvent::Kind::Check);

    auto ended = callback();
    subscriptionOf(ended).ended_at = kNow - util::Milliseconds(1);
    Rig again(ended);
    again.stage(event(POSTBELL_MAIL_ENDED, "reported"));
    CHECK(again.staged().events.empty());
    again.stage(event(POSTBELL_MAIL_HEARD, "reported"));
    CHECK(again.staged().changes.back().kind == store::SubscriptionChange::Kind::HeardAgain);
}

TEST_CASE("where silence means nothing, what comes after an end does not take it back",
          "[row:STATE-14]") {
    auto ended = callback();
    subscriptionOf(ended).ended_at = kNow - util::Milliseconds(1);
    Rig late(ended, false, util::Milliseconds(0));
    CHECK(late.stage(event(POSTBELL_MAIL_NEW, "reported")) == POSTBELL_OK);
    CHECK(late.staged().events.size() == 1);
    CHECK(late.staged().changes.empty());
}

TEST_CASE("an unknown callback is nobody's", "[row:SUBID-8]") {
    Rig rig(std::nullopt);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported")) == POSTBELL_ENOTFOUND);
    CHECK(rig.staged().nobody == 1);
}

TEST_CASE("where a proof is needed, the wrong one stages nothing and spoils nothing") {
    Rig rig(callback(), true);
    auto wrong = event(POSTBELL_MAIL_NEW, "reported");
    wrong.proof = text("guess");
    auto right = event(POSTBELL_MAIL_COUNT, "reported");
    right.proof = text("proof");
    CHECK(rig.stage(wrong) == POSTBELL_EDENIED);
    CHECK(rig.stage(right) == POSTBELL_OK);
    CHECK(rig.staged().events.size() == 1);
}

TEST_CASE("what breaks the contract is refused") {
    Rig rig;
    auto long_key = event(POSTBELL_MAIL_NEW, "reported");
    const std::string key(513, 'k');
    long_key.dedup_key = text(key);
    CHECK(rig.stage(long_key) == POSTBELL_EINVAL);
    CHECK(rig.reply.raw()->respond(rig.reply.raw(), 99, nullptr, 0, {nullptr, 0}) ==
          POSTBELL_EINVAL);
    CHECK(rig.stage(event(0, "reported")) == POSTBELL_EINVAL);
    auto named = event(POSTBELL_MAIL_NEW, "");
    named.account = text("anna@example.com");
    CHECK(rig.stage(named) == POSTBELL_EINVAL);
    CHECK(rig.reply.raw()->event(rig.reply.raw(), nullptr) == POSTBELL_EINVAL);
    CHECK(rig.staged().events.empty());
    CHECK(rig.staged().heard.empty());
}

TEST_CASE("a kind of a later contract is a sign of life") {
    Rig rig;
    CHECK(rig.stage(event(99, "reported")) == POSTBELL_OK);
    CHECK(rig.staged().events.empty());
    CHECK(rig.staged().heard.size() == 1);
}

TEST_CASE("a note has up to 1,024 bytes, and is for a known registration only") {
    const std::string longest(1024, 'n');
    const auto note = [](Rig& rig, std::string_view words) {
        return rig.reply.raw()->note(rig.reply.raw(), text(words));
    };
    Rig rig;
    CHECK(note(rig, longest) == POSTBELL_OK);
    CHECK(rig.staged().note == longest);
    CHECK(note(rig, longest + "n") == POSTBELL_EINVAL);
    CHECK(note(rig, "") == POSTBELL_EINVAL);
    Rig unknown(std::nullopt);
    CHECK(note(unknown, "words") == POSTBELL_ENOTFOUND);
}

TEST_CASE("before a report, nothing that a message says makes a badge or an end", "[row:SUBID-4]") {
    auto waiting = callback();
    subscriptionOf(waiting) = {};
    Rig rig(waiting);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "", "", 77)) == POSTBELL_OK);
    CHECK(rig.stage(event(POSTBELL_MAIL_ENDED, "")) == POSTBELL_OK);
    REQUIRE(rig.staged().events.size() == 1);
    CHECK(rig.staged().events[0].count == store::kUnknownCount);
    CHECK(rig.staged().changes.empty());
    CHECK(rig.staged().heard.empty());
}

TEST_CASE("another instance than the reported one serves nobody") {
    auto elsewhere = callback();
    subscriptionOf(elsewhere).instance = "office365";
    Rig rig(elsewhere);
    for (const char* id : {"reported", "made-up", ""})
        CHECK(rig.stage(event(POSTBELL_MAIL_NEW, id)) == POSTBELL_ENOTFOUND);
    CHECK(rig.staged().nobody == 3);
}

TEST_CASE("a reply takes ten thousand events, and no more") {
    Rig rig(std::nullopt);
    for (int i = 0; i < 10'000; ++i) rig.stage(event(POSTBELL_MAIL_NEW, "x"));
    CHECK(rig.reply.raw()->event(rig.reply.raw(), nullptr) == POSTBELL_EINVAL);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "x")) == POSTBELL_ELIMIT);
}

namespace {

/// Of a mailbox with three registrations; the second one's app is turned off.
std::optional<store::Callback> managed(const std::string& subscription = "current") {
    store::MailboxCallback of;
    of.mailbox = 3;
    of.subscription_hash = subscription.empty() ? "" : util::sha256(subscription);
    for (const store::Id id : {7, 8, 9}) {
        store::App app;
        app.enabled = id != 8;
        store::Recipient r;
        r.id = id;
        r.app = std::make_shared<const store::App>(app);
        r.mailbox = 3;
        of.served.push_back(r);
    }
    return store::Callback{util::sha256("proof"), std::move(of)};
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
    REQUIRE(rig.staged().events.size() == 2);
    CHECK(rig.staged().events[0].registration == 7);
    CHECK(rig.staged().events[1].registration == 9);
    CHECK(rig.staged().events[0].count == store::kUnknownCount);
    CHECK(rig.staged().heard == std::vector<store::Id>{7, 9});
    CHECK(rig.staged().changes.empty());
}

TEST_CASE("what a server says of a managed subscription is for the gateway", "[row:MANAGED-9]") {
    Rig rig(managed(), true);
    CHECK(rig.stage(proven(POSTBELL_MAIL_RENEW, "current")) == POSTBELL_OK);
    CHECK(rig.stage(proven(POSTBELL_MAIL_ENDED, "current")) == POSTBELL_OK);
    CHECK(rig.staged().events.empty());
    const auto& changes = rig.staged().mailbox_changes;
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].kind == store::MailboxChange::Kind::RenewAsked);
    CHECK(changes[1].kind == store::MailboxChange::Kind::Ended);
    CHECK(changes[1].mailbox == 3);
}

TEST_CASE("a managed callback hears its own subscription only, with its proof",
          "[row:MANAGED-10]") {
    Rig rig(managed(), true);
    CHECK(rig.stage(proven(POSTBELL_MAIL_NEW, "another")) == POSTBELL_ENOTFOUND);
    CHECK(rig.stage(proven(POSTBELL_MAIL_NEW, "current", "guess")) == POSTBELL_EDENIED);
    CHECK(rig.staged().events.empty());

    Rig unknown_yet(managed(""), true);  // the answer that names the id is still under way
    CHECK(unknown_yet.stage(proven(POSTBELL_MAIL_NEW, "current")) == POSTBELL_OK);
    CHECK(unknown_yet.staged().events.size() == 2);
    CHECK(unknown_yet.stage(proven(POSTBELL_MAIL_ENDED, "older")) == POSTBELL_OK);
    CHECK(unknown_yet.staged().mailbox_changes.empty());
}

TEST_CASE("a note on a managed subscription's callback is for the gateway, not for apps",
          "[row:MANAGED-32]") {
    Rig rig(managed(), true);
    CHECK(rig.reply.raw()->note(rig.reply.raw(), text("code")) == POSTBELL_OK);
    const backend::Staged staged = rig.reply.take();
    REQUIRE(staged.mailbox_changes.size() == 1);
    CHECK(staged.mailbox_changes[0].kind == store::MailboxChange::Kind::Noted);
    CHECK(staged.mailbox_changes[0].note == "code");
    CHECK_FALSE(staged.note);
    CHECK(staged.needsCommit());
}

TEST_CASE("a managed subscription that serves nobody any more is looked at", "[row:MANAGED-23]") {
    auto callback = managed();
    for (store::Recipient& r : std::get<store::MailboxCallback>(callback->of).served)
        r.device_dead_at = util::fromMs(1);
    Rig rig(callback, true);
    CHECK(rig.stage(proven(POSTBELL_MAIL_NEW, "current")) == POSTBELL_ENOTFOUND);
    REQUIRE(rig.staged().mailbox_changes.size() == 1);
    CHECK(rig.staged().mailbox_changes[0].kind == store::MailboxChange::Kind::Idle);
}

namespace {

std::optional<store::Callback> wholeServer() {
    store::ServerCallback of;
    of.callback.tenant = 5;
    of.callback.instance = "ews";
    of.tenant_hash_key = "key";
    return store::Callback{"", std::move(of)};
}

store::Recipient recipient(store::Id id) {
    auto of = callback();
    store::Recipient r = std::get<store::RegistrationCallback>(of->of).recipient;
    r.id = id;
    return r;
}

postbell_mail_event named(std::uint32_t kind, std::string_view account, std::int32_t unread = -1) {
    postbell_mail_event e = event(kind, "", "", unread);
    e.account = text(account);
    return e;
}

}  // namespace

TEST_CASE("on a whole server's callback an event is for all that reported its subscription",
          "[row:TENANT-1]") {
    Rig rig(wholeServer());
    rig.server.reported = {recipient(7), recipient(8)};
    rig.server.reported[1].device_dead_at = util::fromMs(1);
    rig.server.reported.push_back(recipient(9));
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "reported", "inbox", 3)) == POSTBELL_OK);
    CHECK(rig.server.asked_id == util::sha256("reported"));
    REQUIRE(rig.staged().events.size() == 2);
    CHECK(rig.staged().events[0].registration == 7);
    CHECK(rig.staged().events[1].registration == 9);
    CHECK(rig.staged().events[1].count == 3);

    CHECK(rig.stage(event(POSTBELL_MAIL_ENDED, "reported")) == POSTBELL_OK);
    CHECK(rig.staged().changes.size() == 2);
}

TEST_CASE("on a whole server's callback an account is hashed as apps hash it", "[row:TENANT-2]") {
    Rig rig(wholeServer());
    rig.server.proven = {recipient(7)};
    rig.server.proven[0].subscription = {};
    CHECK(rig.stage(named(POSTBELL_MAIL_NEW, " Anna@Example.com", 3)) == POSTBELL_OK);
    CHECK(rig.server.asked_account ==
          registry::accountKey("key", registry::accountHash("anna@example.com")));
    REQUIRE(rig.staged().events.size() == 1);
    CHECK(rig.staged().events[0].count == 3);
    CHECK(rig.staged().heard == std::vector<store::Id>{7});
    // There is no subscription that could end.
    CHECK(rig.stage(named(POSTBELL_MAIL_ENDED, "anna@example.com")) == POSTBELL_OK);
    CHECK(rig.staged().changes.empty());
}

TEST_CASE("on a whole server's callback it must be plain who is meant") {
    Rig rig(wholeServer());
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "")) == POSTBELL_EINVAL);
    auto both = named(POSTBELL_MAIL_NEW, "anna@example.com");
    both.subscription = text("reported");
    CHECK(rig.stage(both) == POSTBELL_EINVAL);
    CHECK(rig.stage(event(POSTBELL_MAIL_NEW, "unknown")) == POSTBELL_ENOTFOUND);
    CHECK(rig.stage(named(POSTBELL_MAIL_NEW, "nobody@example.com")) == POSTBELL_ENOTFOUND);
    CHECK(rig.staged().nobody == 2);
    CHECK(rig.reply.raw()->note(rig.reply.raw(), text("words")) == POSTBELL_ENOTFOUND);
}

TEST_CASE("a message reaches ten thousand registrations, and says that it left some out",
          "[row:TENANT-7]") {
    Rig rig(wholeServer());
    const auto mail = event(POSTBELL_MAIL_NEW, "reported");
    for (store::Id id = 1; id <= 999; ++id) rig.server.reported.push_back(recipient(id));
    for (int i = 0; i < 11; ++i)
        CHECK(rig.reply.raw()->event(rig.reply.raw(), &mail) == POSTBELL_OK);
    const backend::Staged staged = rig.reply.take();
    CHECK(staged.events.size() == 10'000);
    CHECK(staged.left_out);
}

namespace {

/// A reply on the callback that a rule speaks of; "served" was reported, and proven.
std::unique_ptr<Rig> ruled(test::RuledCallback by) {
    auto target = callback();
    subscriptionOf(target).id_hash = util::sha256("served");
    if (by == test::RuledCallback::Unknown) target = std::nullopt;
    if (by == test::RuledCallback::Tenant) target = wholeServer();
    auto rig = std::make_unique<Rig>(std::move(target));
    store::Recipient served = recipient(7);
    served.subscription.id_hash = util::sha256("served");
    rig->server.reported = rig->server.proven = {served};
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
        const auto rig = ruled(rule.callback);
        CHECK(rig->reply.raw()->note(rig->reply.raw(), text(rule.text)) == rule.status);
    }
    for (const test::AnswerRule& rule : test::answerRules()) {
        INFO(rule.says);
        const auto rig = ruled(test::RuledCallback::Registration);
        CHECK(test::tryAnswer(rig->reply.raw(), rule) == rule.status);
    }
}

TEST_CASE("a backend's sentence is kept, fit for a line of the log") {
    Rig rig;
    CHECK(rig.reply.raw()->problem(rig.reply.raw(), text("the\nserver sends \xff")) == POSTBELL_OK);
    CHECK(rig.reply.take().problem == "the server sends ?");
}
