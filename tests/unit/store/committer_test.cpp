// SPDX-License-Identifier: Apache-2.0
#include "store/writer/committer.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <new>

#include <catch2/catch.hpp>

#include "support/fake_clock.h"
#include "unit/store/fake_session.h"
#include "util/crypto.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

/// A file, and the text that a log wrote into it.
class LogFile {
  public:
    ~LogFile() { std::filesystem::remove(path_); }
    std::string path() const { return path_.string(); }
    std::string text() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

  private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("postbell-committer-" + util::randomId());
};

struct Rig {
    FakeSession session;
    testing::FakeClock clock{1'000'000};
    log::Log log;
    Committer committer{session, clock, log};

    explicit Rig(const std::string& log_file = "/dev/null")
        : log({log::Level::Error, log::Format::Text, log_file}) {
        session.rows.tables.device_of = {{1, 50}, {2, 51}};
    }
    FakeRows::Tables& tables() { return session.rows.tables; }
};

Batch batchOf(StagedEvent event) {
    Batch batch;
    batch.events.push_back(std::move(event));
    return batch;
}

Settlement delivered(Id registration) {
    return {registration, 50, 0, Environment::None, Delivered{1, 1, false, {}}};
}

}  // namespace

TEST_CASE("a group is one transaction, and tells of its rows", "[store]") {
    Rig rig;
    Group group;
    group.members.emplace_back(batchOf(eventOf(1, Kind::NewMail, 3)));
    group.members.emplace_back(batchOf(eventOf(2, Kind::NewMail, 4)));
    group.members.emplace_back(batchOf(eventOf(99, Kind::NewMail, 5)));

    const Committer::Result result = rig.committer.commit(group);

    CHECK(result.trouble.empty());
    CHECK(result.rows.size() == 2);
    CHECK(result.events_without_effect == 1);
    CHECK(rig.session.commits == std::vector<Changed>{Changed::PendingOnly});
    CHECK(rig.tables().pending[2].row.count == 4);
}

TEST_CASE("a batch brings its note, its check and its changes", "[store]") {
    Rig rig;
    Batch batch;
    batch.changes = {{1, SubscriptionChange::Kind::Noted, util::fromMs(5), {}, "code"},
                     {1, SubscriptionChange::Kind::Ended, util::fromMs(5)}};
    batch.mailbox_changes = {{8, MailboxChange::Kind::Idle, util::fromMs(5)},
                             {9, MailboxChange::Kind::Ended, util::fromMs(6)}};
    Group group;
    group.members.emplace_back(std::move(batch));

    const Committer::Result result = rig.committer.commit(group);

    CHECK(rig.tables().subscriptions[1].note == "code");
    CHECK(rig.tables().pending[1].row.hasCheck());
    CHECK(result.rows.size() == 1);
    CHECK(rig.tables().subscriptions[1].ended_at == util::fromMs(5));
    CHECK(rig.tables().ended == std::map<Id, util::WallTime>{{9, util::fromMs(6)}});
    CHECK(rig.tables().wake_counts == std::map<Id, std::int64_t>{{8, 1}, {9, 1}});
    CHECK(rig.session.commits == std::vector<Changed>{Changed::Anything});
}

TEST_CASE("a member that fails is left out and spoils no other", "[store]") {
    Rig rig;
    Blocking throwing, refused;
    throwing.write = [](PendingTable&) { throw std::logic_error("its own"); };
    refused.write = [](PendingTable&) { throw StoreError("refused"); };
    Group group;
    group.members.emplace_back(&throwing);
    group.members.emplace_back(batchOf(eventOf(1, Kind::NewMail, 3)));
    group.members.emplace_back(&refused);

    const Committer::Result result = rig.committer.commit(group);

    CHECK(result.trouble.empty());
    CHECK(result.rows.size() == 1);
    CHECK(rig.tables().pending[1].row.count == 3);
    REQUIRE(group.failures.size() == 3);
    CHECK(group.failures[0].thrown);
    CHECK_FALSE(group.failures[1]);
    CHECK(group.failures[2].reason == "refused");
}

TEST_CASE("a member that fails half-way leaves nothing of itself", "[store]") {
    Rig rig;
    Blocking half;
    half.write = [](PendingTable& pending) {
        pending.addCount(1, 5, util::fromMs(1));
        throw StoreError("refused");
    };
    Group group;
    group.members.emplace_back(&half);

    const Committer::Result result = rig.committer.commit(group);

    CHECK(result.rows.empty());
    CHECK(rig.tables().pending.empty());
    CHECK(group.failures[0]);
}

TEST_CASE("settlements that the database refuses alone are given up, and their rows stay",
          "[store]") {
    const LogFile file;
    {
        Rig rig(file.path());
        for (const Id id : {1, 2, 3}) rig.tables().pending[id].row.mail_generation = 1;
        rig.session.rows.refused = {2, 3};
        Group group;
        group.settlements = {delivered(2), delivered(1), delivered(3)};

        CHECK(rig.committer.commit(group).trouble.empty());

        REQUIRE(group.settlements.size() == 1);  // as the sink is told
        CHECK(group.settlements[0].registration == 1);
        CHECK_FALSE(rig.tables().pending.contains(1));
        CHECK(rig.tables().pending.contains(2));
    }
    const std::string said = file.text();
    CHECK_THAT(said, Catch::Contains("the outcome of a push was given up") &&
                         Catch::Contains("a damaged page"));
    CHECK(std::count(said.begin(), said.end(), '\n') == 1);
}

TEST_CASE("nothing is given up with a group that fails as a whole", "[store]") {
    Rig rig;
    rig.session.rows.refused = {2};
    rig.session.full = true;
    Group group;
    group.settlements = {delivered(2), delivered(1)};
    group.kept["guard 7"].write = [](PendingTable&) {};

    CHECK_FALSE(rig.committer.commit(group).trouble.empty());

    CHECK(group.settlements.size() == 2);
    CHECK(group.kept.size() == 1);
}

TEST_CASE("a kept write that fails for want of memory is no refused one", "[store]") {
    Rig rig;
    Group group;
    group.kept["guard 7"].write = [](PendingTable&) { throw std::bad_alloc(); };
    CHECK_FALSE(rig.committer.commit(group).trouble.empty());
}

TEST_CASE("a kept write that the database refuses is given up, and the log says why", "[store]") {
    const LogFile file;
    {
        Rig rig(file.path());
        Group group;
        group.kept["guard 7"].write = [](PendingTable&) { throw StoreError("a damaged page"); };
        group.members.emplace_back(batchOf(eventOf(1, Kind::NewMail, 3)));
        CHECK(rig.committer.commit(group).rows.size() == 1);
        CHECK(group.kept.empty());
    }
    CHECK_THAT(file.text(), Catch::Contains("guard 7") && Catch::Contains("a damaged page"));
}

TEST_CASE("trouble of the whole database fails the whole group, and leaves nothing", "[store]") {
    Rig rig;
    Group group;
    group.members.emplace_back(batchOf(eventOf(1, Kind::NewMail, 3, "key")));

    SECTION("it cannot be written") {
        rig.session.full = true;
        CHECK(rig.committer.commit(group).trouble == "the disk is full");
    }
    SECTION("it ends the transaction by itself when a member fails") {
        Blocking refused;
        refused.write = [](PendingTable&) { throw StoreError("refused"); };
        group.members.emplace_back(&refused);
        rig.session.ends_with_error = true;
        CHECK(rig.committer.commit(group).trouble == "refused");
    }

    CHECK(rig.tables().pending.empty());
    rig.session.full = false;
    Group again;
    again.members.emplace_back(batchOf(eventOf(1, Kind::NewMail, 3, "key")));
    const Committer::Result result = rig.committer.commit(again);
    CHECK(result.rows.size() == 1);
    CHECK(result.events_without_effect == 0);
}

TEST_CASE("the ledger's rows are merged with the stored ones", "[store]") {
    Rig rig;
    rig.tables().seen[1].heard_at = util::fromMs(900);
    rig.tables().seen[1].outcome = "delivered";
    SeenNews news;
    news.heard_at = util::fromMs(800);
    news.device_at = util::fromMs(700);
    Group group;
    group.seen = {{1, news}, {99, news}};

    rig.committer.commit(group);

    CHECK(rig.tables().seen[1].heard_at == util::fromMs(900));
    CHECK(rig.tables().seen[1].device_at == util::fromMs(700));
    CHECK(rig.tables().seen[1].outcome == "delivered");
    CHECK_FALSE(rig.tables().seen.contains(99));
}

TEST_CASE("a token's proof is written with the ledger's row", "[store]") {
    Rig rig;
    rig.tables().tokens[50].token_at = util::fromMs(100);
    SeenNews news;
    news.proof = {50, util::fromMs(100), util::fromMs(900)};
    Group group;
    group.seen = {{1, news}};

    rig.committer.commit(group);

    CHECK(rig.tables().tokens[50].proven_at == util::fromMs(900));
}

TEST_CASE("a stored time from a clock that ran ahead ends with the next one", "[store]") {
    Rig rig;
    rig.tables().seen[1].heard_at = rig.clock.wall() + std::chrono::hours(24 * 365);
    SeenNews news;
    news.heard_at = rig.clock.wall();
    Group group;
    group.seen = {{1, news}};

    rig.committer.commit(group);

    CHECK(rig.tables().seen[1].heard_at == rig.clock.wall());
}
