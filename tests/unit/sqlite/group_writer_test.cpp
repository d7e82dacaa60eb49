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
#include "support/eventually.h"
#include "support/sqlite_fixture.h"
#include "util/file_descriptor.h"

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

TEST_CASE_METHOD(SqliteFixture,
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
    CHECK(testing::eventually([&] { return !pending(r.id); }));
    CHECK(store().health().empty());
    CHECK_FALSE(pending(other.id));
    CHECK(stage({event(other, Kind::NewMail, 1)}));
    CHECK(store().stats().queued == 0);
}

TEST_CASE_METHOD(SqliteFixture, "one write that fails spoils no other of its group", "[sqlite]") {
    const Registration r = registered("t", "a");
    std::atomic<int> durable{0}, refused{0};
    std::vector<std::thread> threads;
    App app_of_nobody;
    app_of_nobody.tenant = 999;
    app_of_nobody.name = "x";
    const auto write = [&](int i) {
        if (i % 3 != 2) {
            durable += stage({event(r, Kind::NewMail, i)});
            return;
        }
        try {
            store().directory().addApp(app_of_nobody, "hash");
        } catch (const StoreError&) {
            ++refused;
        }
    };
    together([&] {
        for (int i = 0; i < 6; ++i) threads.emplace_back(write, i);
        CHECK(testing::eventually([&] { return store().stats().queued == 6; }));
    });
    for (std::thread& thread : threads) thread.join();

    CHECK(durable == 4);
    CHECK(refused == 2);
    CHECK(pending(r.id).value().new_mail_generation > 0);
}

TEST_CASE_METHOD(SqliteFixture,
                 "an event of a registration that goes in the same commit goes with it",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    const Callback callback = store().events().findCallback(lastCallback()).value();
    const auto read = std::get<RegistrationCallback>(callback.of);
    StagedEvent e = event(read.recipient, Kind::NewMail, 3);
    e.data_version = read.data_version;
    std::thread remover, stager;
    together([&] {
        remover = std::thread([&] { store().registrations().removeRegistration(r.public_id); });
        CHECK(testing::eventually([&] { return store().stats().queued == 1; }));
        stager = std::thread([&] { stage({e}); });
        CHECK(testing::eventually([&] { return store().stats().queued == 2; }));
    });
    remover.join();
    stager.join();
    CHECK_FALSE(pending(r.id));
}
