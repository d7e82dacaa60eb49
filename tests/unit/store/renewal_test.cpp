// SPDX-License-Identifier: Apache-2.0
#include "store/rules/renewal.h"

#include <catch2/catch.hpp>

#include "store/records/retired_ids.h"

using namespace postbell;
using namespace postbell::store;

namespace {

std::string hash(char letter) {
    return std::string(32, letter);
}

RenewalRow knownRow() {
    return {hash('s'), "17.1", "2.0", AccountProof::Approved};
}

NewRegistration incomingWith(const std::string& previous_secret_hash) {
    NewRegistration incoming;
    incoming.secret_hash = hash('t');
    incoming.previous_secret_hash = previous_secret_hash;
    incoming.app_version = "2.1";
    return incoming;
}

SubscriptionRow knownSubscription() {
    SubscriptionRow row;
    row.registration = 7;
    row.instance = "exchange";
    row.id_hash = hash('a');
    row.folder_hash = hash('f');
    row.reported_at = util::fromMs(100);
    row.expires_at = util::fromMs(900);
    row.expires_set_at = util::fromMs(100);
    row.ended_at = util::fromMs(200);
    row.renew_asked_at = util::fromMs(200);
    return row;
}

Report reportOf(char id, std::int64_t expires_ms) {
    return {"exchange", hash(id), {}, util::fromMs(expires_ms), kUnknownCount, util::fromMs(300)};
}

}  // namespace

TEST_CASE("a renewal brings a secret and versions, and leaves a version that it does not name",
          "[store]") {
    const RenewalRow row = renewalOf(knownRow(), incomingWith({}));
    CHECK(row.secret_hash == hash('t'));
    CHECK(row.os_version == "17.1");
    CHECK(row.app_version == "2.1");
}

TEST_CASE("the proof of an account stays with the old secret alone", "[store]") {
    NewRegistration incoming = incomingWith(hash('s'));
    CHECK(renewalOf(knownRow(), incoming).account_proof == AccountProof::Approved);
    incoming.previous_secret_hash = hash('x');
    CHECK(renewalOf(knownRow(), incoming).account_proof == AccountProof::None);
    incoming.account_proof = AccountProof::Proven;
    CHECK(renewalOf(knownRow(), incoming).account_proof == AccountProof::Proven);
}

TEST_CASE("the same subscription reported again heals, and is prolonged by a new time alone",
          "[store]") {
    const auto same_time = reportedOn(knownSubscription(), reportOf('a', 900));
    REQUIRE(same_time);
    CHECK(same_time->expires_set_at == util::fromMs(100));
    CHECK_FALSE(util::isSet(same_time->ended_at));
    CHECK_FALSE(util::isSet(same_time->renew_asked_at));

    const auto no_time = reportedOn(knownSubscription(), reportOf('a', 0));
    REQUIRE(no_time);
    CHECK(no_time->expires_at == util::fromMs(900));
    CHECK(no_time->folder_hash == hash('f'));

    const auto later = reportedOn(knownSubscription(), reportOf('a', 1900));
    REQUIRE(later);
    CHECK(later->expires_at == util::fromMs(1900));
    CHECK(later->expires_set_at == util::fromMs(300));
    CHECK(later->reported_at == util::fromMs(100));
    CHECK(later->retired.empty());
}

TEST_CASE("another subscription replaces the reported one for good", "[store]") {
    const auto after = reportedOn(knownSubscription(), reportOf('b', 0));
    REQUIRE(after);
    CHECK(after->id_hash == hash('b'));
    CHECK(after->folder_hash.empty());
    CHECK_FALSE(util::isSet(after->expires_at));
    CHECK(after->reported_at == util::fromMs(300));
    CHECK(isRetired(after->retired, hash('a')));
    CHECK_FALSE(reportedOn(*after, reportOf('a', 0)));
}

TEST_CASE("a report of the same id on another instance replaces", "[store]") {
    Report report = reportOf('a', 0);
    report.instance = "other";
    CHECK_FALSE(isOf(knownSubscription(), report));
    CHECK(reportedOn(knownSubscription(), report)->instance == "other");
}

TEST_CASE("what was heard of a folder stays while the same folder is reported, and no longer",
          "[store][row:FOLDER-3]") {
    SubscriptionRow known = knownSubscription();
    known.folder = {true, util::fromMs(100), util::fromMs(200)};
    Report report = reportOf('a', 0);
    CHECK(reportedOn(known, report)->folder.other_heard_at == util::fromMs(200));
    report.folder_hash = known.folder_hash;
    CHECK(reportedOn(known, report)->folder.reported_at == util::fromMs(100));
    SECTION("another folder") {
        report.folder_hash = hash('g');
    }
    SECTION("another subscription") {
        report.id_hash = hash('b');
    }
    const SubscriptionRow after = reportedOn(known, report).value();
    CHECK(after.folder.reported_at == report.now);
    CHECK_FALSE(after.folder.canonical);
    CHECK_FALSE(postbell::util::isSet(after.folder.other_heard_at));
}

TEST_CASE("a subscription from before its app was turned on again counts as replaced", "[store]") {
    SubscriptionRow known = knownSubscription();
    known.app_enabled_at = util::fromMs(150);
    CHECK_FALSE(reportedOn(known, reportOf('a', 1900)));
    CHECK(reportedOn(known, reportOf('b', 1900)));
}

TEST_CASE("who reports holds the subscription itself from then on", "[store]") {
    SubscriptionRow known = knownSubscription();
    known.mailbox = 5;
    CHECK(reportedOn(known, reportOf('b', 0))->mailbox == 0);
}
