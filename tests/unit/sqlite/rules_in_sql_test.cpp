// SPDX-License-Identifier: Apache-2.0
// A few rules are statements in the engine's own language, since that is faster. Each runs here
// beside the function whose rule it is.
#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "sqlite/migrations.h"
#include "sqlite/query.h"
#include "sqlite/sqlite_tables.h"
#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;

namespace {

constexpr util::WallTime kNow = util::fromMs(100'000'000'000);

/// A database with an app, a device and a registration, whose rows a test sets as it likes.
class RuleBench {
  public:
    RuleBench() {
        const auto file = directory_.path() / "postbell.db";
        std::ofstream{file};
        connection_.emplace(file, Connection::Access::Write, 100);
        migrate(*connection_, file);
        tables_.emplace(*connection_);
        connection_->execute(
            "INSERT INTO tenant (id, name, hash_key) VALUES (1, 'acme', x''); "
            "INSERT INTO app (id, tenant, name, platform, style, enabled, enabled_at) "
            "VALUES (1, 1, 'mail', 'ios', 0, 1, 0); "
            "INSERT INTO device (id, app, token_key, environment, device_key, token, token_at) "
            "VALUES (1, 1, x'01', 1, x'02', x'03', 0); "
            "INSERT INTO registration (id, public_id, device, created_at, account_key, "
            "secret_hash, os_version, app_version) VALUES (1, 'r', 1, 0, x'', x'', '', '')");
    }

    Tables& tables() { return tables_->all(); }
    void execute(const std::string& sql) { connection_->execute(sql.c_str()); }

    void putToken(const TokenState& token) {
        execute("UPDATE device SET token_at = " + std::to_string(util::toMs(token.token_at)));
        tables().tokens().put(1, token);
    }
    Id putMailbox(const ManagedMailbox& m) {
        Query(*connection_,
              "INSERT INTO managed (instance, mailbox_key, mailbox, subscription, expires_at, "
              "renew_at, due_at, failed_at, problem, note) VALUES ('office365', randomblob(32), "
              "x'01', ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
              Blob{m.subscription}, m.expires_at, m.renew_at, m.due_at, m.failed_at, m.problem,
              m.note)
            .run();
        return connection_->lastInsertId();
    }
    ManagedMailbox mailbox(Id id) { return tables().mailboxes().find(id).value().row; }

  private:
    TemporaryDirectory directory_;
    std::optional<Connection> connection_;
    std::optional<SqliteTables> tables_;
};

auto tied(const TokenState& t) {
    return std::tuple(t.token_at, t.dead_at, t.first_410_at, t.first_foreign_at, t.proven_at);
}

}  // namespace

TEST_CASE("an outcome removes the rows that it empties", "[sqlite]") {
    RuleBench database;
    PendingRows& rows = database.tables().pending();
    for (const std::int64_t mail : {0, 4, 5, 6}) {
        for (const std::int64_t check : {0, 4, 5, 6}) {
            StoredPending stored;
            stored.row.registration = 1;
            stored.row.generation = 7;
            stored.row.mail_generation = mail;
            stored.row.check_generation = check;
            CAPTURE(mail, check);

            rows.put(stored);
            CHECK(rows.removeEmptiedByMail(1, 5) == stored.row.isEmptiedByMail(5));
            rows.put(stored);
            CHECK(rows.removeEmptiedByCheck(1, 5) == stored.row.isEmptiedByCheck(5));
        }
    }
}

TEST_CASE("a token is proven by a push that is about it, while it lives", "[sqlite]") {
    RuleBench database;
    const auto at = [](std::int64_t ms) { return util::fromMs(ms); };
    for (const TokenState& before :
         {TokenState{at(5), {}, at(6), at(7), {}}, TokenState{at(5), at(8), at(6), at(7), {}},
          TokenState{at(4), {}, {}, at(7), at(4)}}) {
        const TokenProof proof{1, at(5), at(9)};
        TokenState after = before;
        after.apply(proof);

        database.putToken(before);
        database.tables().tokens().prove(proof);

        CHECK(tied(database.tables().tokens().find(1)) == tied(after));
    }
}

TEST_CASE("an app that vouches for a token takes back what was said against it", "[sqlite]") {
    RuleBench database;
    const auto at = [](std::int64_t ms) { return util::fromMs(ms); };
    const TokenState before{at(5), at(8), at(6), at(7), at(4)};
    for (const char* origin : {"", "https://push.example.com"}) {
        CAPTURE(origin);
        TokenState after = before;
        after.vouchedFor(at(10), *origin != '\0');

        database.execute("UPDATE device SET origin = ''");
        database.putToken(before);
        database.tables().devices().putToken(1, {"sealed", at(10), origin, {}});

        CHECK(tied(database.tables().tokens().find(1)) == tied(after));
    }
}

TEST_CASE("a mailbox that waits too long is made due", "[sqlite]") {
    RuleBench database;
    std::vector<ManagedMailbox> all;
    for (const int expires : {0, 30, 60, 400})
        for (const int renew : {-1, 20, 26, 200})
            for (const int due : {-1, 20, 24, 25, 26, 200}) {
                ManagedMailbox m;
                if (expires != 0) m.expires_at = kNow + std::chrono::hours(expires);
                m.renew_at = kNow + std::chrono::hours(renew);
                m.due_at = kNow + std::chrono::hours(due);
                m.id = database.putMailbox(m);
                all.push_back(m);
            }

    database.tables().mailboxes().wakeMisdated("office365", kNow);

    for (const ManagedMailbox& m : all) {
        CAPTURE(m.expires_at - kNow, m.renew_at - kNow, m.due_at - kNow);
        CHECK(database.mailbox(m.id).due_at == (waitsTooLong(m, kNow) ? kNow : m.due_at));
    }
}

TEST_CASE("an instance refuses its mailboxes, but for those that it has refused", "[sqlite]") {
    RuleBench database;
    std::vector<ManagedMailbox> all;
    for (const util::WallTime failed_at : {util::WallTime(), kNow - std::chrono::hours(1)})
        for (const char* problem : {"", "no answer", "given up"}) {
            ManagedMailbox m;
            m.subscription = "subscription";
            m.note = "code";
            m.due_at = kNow + std::chrono::hours(1);
            m.failed_at = failed_at;
            m.problem = problem;
            m.id = database.putMailbox(m);
            all.push_back(m);
        }

    database.tables().mailboxes().refuseAll("office365", "given up", kNow);

    for (const ManagedMailbox& m : all) {
        const ManagedMailbox is = database.mailbox(m.id), should = refused(m, "given up", kNow);
        CAPTURE(m.problem, util::isSet(m.failed_at));
        CHECK(is.subscription == should.subscription);
        CHECK(is.note == should.note);
        CHECK(is.refused == should.refused);
        CHECK(is.problem == should.problem);
        CHECK(is.due_at == should.due_at);
        CHECK(is.failed_at == should.failed_at);
    }
}

TEST_CASE("a mailbox counts and lists the registrations that are served", "[sqlite]") {
    RuleBench database;
    const Id mailbox = database.putMailbox({});
    database.execute("UPDATE registration SET managed = " + std::to_string(mailbox));
    for (const bool enabled : {false, true})
        for (const std::int64_t dead_at : {0, 5}) {
            Recipient recipient;
            App app;
            app.enabled = enabled;
            recipient.app = std::make_shared<const App>(app);
            recipient.device_dead_at = util::fromMs(dead_at);
            CAPTURE(enabled, dead_at);

            database.execute("UPDATE app SET enabled = " + std::to_string(enabled));
            database.execute("UPDATE device SET dead_at = " + std::to_string(dead_at));

            const std::int64_t served = recipient.isServed() ? 1 : 0;
            CHECK(database.mailbox(mailbox).live == served);
            CHECK(std::ssize(database.tables().mailboxes().liveRegistrations(mailbox)) == served);
        }
}

TEST_CASE("registrations are unheard of as their last sign of life says", "[sqlite]") {
    RuleBench database;
    const util::WallTime before = kNow - std::chrono::minutes(10);
    database.execute("UPDATE registration SET instance = 'ews', subscription_hash = x'01'");
    const std::vector<util::WallTime> times = {util::WallTime(),
                                               before - util::Milliseconds(1),
                                               before,
                                               kNow,
                                               kNow + util::kClockTolerance,
                                               kNow + std::chrono::hours(1)};
    for (const util::WallTime reported_at : times)
        for (const util::WallTime heard_at : times) {
            Subscription subscription;
            subscription.reported_at = reported_at;
            Seen seen;
            seen.heard_at = heard_at;
            CAPTURE(reported_at - kNow, heard_at - kNow);

            database.execute("UPDATE registration SET reported_at = " +
                             std::to_string(util::toMs(reported_at)));
            database.execute("REPLACE INTO seen (registration, heard_at) VALUES (1, " +
                             std::to_string(util::toMs(heard_at)) + ")");

            CHECK(database.tables().registrationReads().countUnheard("ews", before, kNow) ==
                  (signOfLife(subscription, seen, kNow) < before ? 1 : 0));
        }
}
