// SPDX-License-Identifier: Apache-2.0
// The database file and its log under traffic that never ceases.
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <catch2/catch.hpp>

#include "support/eventually.h"
#include "support/sqlite_fixture.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

TEST_CASE_METHOD(SqliteFixture, "what was seen is written although small groups never cease",
                 "[sqlite]") {
    const Registration r = registered("t", "a");
    const Registration busy = registered("busy", "a");
    std::atomic<bool> ended{false};
    // Each commit brings the next event, so that the writer always has one to do.
    std::function<void(CommitEnd)> again = [&](CommitEnd) {
        if (ended) return;
        Batch batch;
        batch.events = {event(busy, Kind::NewMail, 1)};
        batch.done = again;
        store().events().stage(std::move(batch));
    };
    again(CommitEnd::Durable);
    store().seen().heard({r.id}, util::fromMs(7));
    const auto heard = [&] {
        SQLite::Database database(file().string(), SQLite::OPEN_READONLY);
        SQLite::Statement query(database, "SELECT heard_at FROM seen WHERE registration = ?");
        query.bind(1, r.id);
        return query.executeStep() ? query.getColumn(0).getInt64() : 0;
    };
    CHECK(testing::eventually([&] { return heard() == 7; }));
    ended = true;
    store().flush();
}

TEST_CASE_METHOD(SqliteFixture, "the write-ahead log starts over, however much is read",
                 "[sqlite]") {
    constexpr std::uintmax_t kLongLog = 4096 * 4120, kALittleMore = 4096 * 4120;
    std::vector<Registration> registrations;
    for (int i = 0; i < 200; ++i) registrations.push_back(registered("t" + std::to_string(i), "a"));
    const std::string callback = lastCallback();
    std::atomic<bool> ended{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i)
        readers.emplace_back([&] {
            while (!ended) store().events().findCallback(callback);
        });

    // Long names are many pages.
    std::uintmax_t longest = 0, written = 0;
    for (int round = 0; written < 6 * kLongLog; ++round) {
        std::vector<StagedEvent> events;
        for (const Registration& r : registrations)
            events.push_back(event(r, Kind::NewMail, round));
        REQUIRE(stage(std::move(events)));
        store().directory().addTenant("tenant " + std::string(40'000, 'x') + std::to_string(round));
        written += 2 * 40'000;
        longest = std::max(longest, std::filesystem::file_size(file().string() + "-wal"));
    }
    ended = true;
    for (std::thread& reader : readers) reader.join();

    CHECK(longest < kLongLog + kALittleMore);
}
