// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "sqlite/connection.h"
#include "support/store_fixture.h"

using namespace postbell;
using namespace postbell::sqlite;
using namespace postbell::store;
using Kind = StagedEvent::Kind;
using Catch::Matchers::Contains;

namespace {

/// Another process that holds the database's write lock when it is told to. It is made while no
/// store is open: SQLite's connections must not be carried across a fork.
class Locker {
  public:
    explicit Locker(std::filesystem::path file) {
        int orders[2], answers[2];
        REQUIRE(::pipe(orders) == 0);
        REQUIRE(::pipe(answers) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            ::close(orders[1]);
            char byte;
            if (::read(orders[0], &byte, 1) != 1) ::_exit(0);
            SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
            database.exec("BEGIN EXCLUSIVE");
            if (::write(answers[1], &byte, 1) != 1) ::_exit(1);
            ::_exit(::read(orders[0], &byte, 1) == 0 ? 0 : 1);
        }
        ::close(orders[0]);
        ::close(answers[1]);
        orders_ = postbell::util::FileDescriptor(orders[1]);
        answers_ = postbell::util::FileDescriptor(answers[0]);
    }
    ~Locker() { unlock(); }

    void lock() {
        char byte = 'x';
        REQUIRE(::write(orders_.get(), &byte, 1) == 1);
        REQUIRE(::read(answers_.get(), &byte, 1) == 1);
    }
    /// Ends the process.
    void unlock() {
        if (child_ == 0) return;
        orders_ = postbell::util::FileDescriptor();
        ::waitpid(child_, nullptr, 0);
        child_ = 0;
    }

  private:
    pid_t child_ = 0;
    postbell::util::FileDescriptor orders_, answers_;
};

/// No file of this process may grow.
class FullDisk {
  public:
    FullDisk() {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = 4096;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

Settlement delivered(const Registration& r, std::int64_t generation) {
    return StoreFixture::settlementOf(r, Delivered{generation, kUnknownCount, false, {}});
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "a settlement that no event comes after is durable in a moment",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    REQUIRE(stage({event(r, Kind::NewMail, 1)}));
    const std::int64_t generation = pending(r.id).value().generation;
    const std::uint64_t commits = store().stats().commits;

    for (int i = 0; i < 3; ++i) store().events().settle({delivered(r, generation)});

    for (int i = 0; i < 500 && pending(r.id); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK_FALSE(pending(r.id));
    CHECK(store().stats().commits > commits);
}

TEST_CASE_METHOD(StoreFixture,
                 "while the database cannot be written, events fail and outcomes are kept",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    const Registration other = registered("t2", "a2");
    REQUIRE(stage({event(r, Kind::NewMail, 1)}));
    const std::int64_t generation = pending(r.id).value().generation;
    const auto duringTrouble = [&](const char* reason) {
        store().events().settle({delivered(r, generation)});
        CHECK_FALSE(stage({event(other, Kind::NewMail, 1)}));
        CHECK_THROWS_WITH(store().directory().addTenant("other"),
                          Contains(reason) && Contains(file().string()));
        CHECK_THAT(store().health(), Contains(reason));
        CHECK(pending(r.id));
        CHECK(store().stats().failed_commits > 0);
    };

    SECTION("another process has locked it") {
        close();
        Locker locker(file());
        open();
        locker.lock();
        duringTrouble("another process has locked it");
    }
    SECTION("the disk is full") {
        const FullDisk full;
        duringTrouble("the database");
    }

    // By itself: no event comes and helps.
    for (int i = 0; i < 300 && pending(r.id); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK_FALSE(pending(r.id));
    CHECK(store().health().empty());
    CHECK_FALSE(pending(other.id));
    CHECK(stage({event(other, Kind::NewMail, 1)}));
    CHECK(store().stats().queued == 0);
}

TEST_CASE_METHOD(StoreFixture, "one write that fails spoils no other of its group", "[sqlite]") {
    const Registration r = registered("t", "a");
    close();
    Locker locker(file());
    open();
    std::atomic<int> durable{0}, refused{0};
    std::vector<std::thread> threads;
    App app_of_nobody;
    app_of_nobody.tenant = 999;
    app_of_nobody.name = "x";
    locker.lock();  // so that what comes makes up one group
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&, i] {
            if (i % 3 != 2) {
                durable += stage({event(r, Kind::NewMail, i)});
                return;
            }
            try {
                store().directory().addApp(app_of_nobody, "hash");
            } catch (const StoreError&) {
                ++refused;
            }
        });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    locker.unlock();
    for (std::thread& thread : threads) thread.join();

    CHECK(durable == 4);
    CHECK(refused == 2);
    CHECK(pending(r.id).value().new_mail_generation > 0);
}

TEST_CASE_METHOD(StoreFixture, "many threads stage, settle, read and register at once",
                 "[sqlite]") {
    constexpr int kThreads = 6, kRounds = 60;
    std::vector<Registration> registrations;
    for (int i = 0; i < kThreads; ++i)
        registrations.push_back(registered("t" + std::to_string(i), "a"));
    std::vector<NewRegistration> renewals;
    for (int i = 0; i < kThreads; ++i) renewals.push_back(incoming("t" + std::to_string(i), "a"));
    std::atomic<int> failed{0};

    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            const Registration& r = registrations[static_cast<std::size_t>(i)];
            for (int round = 0; round < kRounds; ++round) {
                if (!stage({event(r, Kind::NewMail, round)})) ++failed;
                if (!store().events().pushTarget(r.id)) ++failed;
                store().events().settle({delivered(r, round)});
                store().seen().heard(r.id, util::fromMs(round), {true, false});
                if (round == kRounds / 2 &&
                    !store()
                         .registrations()
                         .registerDevice(renewals[static_cast<std::size_t>(i)])
                         .renewed)
                    ++failed;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    store().flush();

    CHECK(failed == 0);
    for (const Registration& r : registrations) CHECK(pending(r.id).value().count == kRounds - 1);
    CHECK(store().stats().failed_commits == 0);
}

TEST_CASE_METHOD(StoreFixture,
                 "one commit brings a registration's row once, with its answers first",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    takeRows();

    REQUIRE(stage(
        {event(r, Kind::NewMail, 1), event(r, Kind::NewMail, 2), event(r, Kind::CountChanged, 3)}));
    store().flush();

    const std::vector<Pending> rows = takeRows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].count == 3);
    CHECK(rows[0].new_mail_generation == rows[0].generation - 1);
}

TEST_CASE_METHOD(StoreFixture, "closing commits what was queued", "[sqlite]") {
    const Registration r = registered("t", "a");
    std::atomic<int> durable{0};
    for (int i = 1; i <= 50; ++i) {
        Batch batch;
        batch.events = {event(r, Kind::NewMail, i)};
        batch.done = [&](bool ok) { durable += ok; };
        store().events().stage(std::move(batch));
    }

    close();
    CHECK(durable == 50);
    open();
    CHECK(pending(r.id).value().count == 50);
}
