// SPDX-License-Identifier: Apache-2.0
// The writer's thread, on a database in memory.
#include "store/writer/group_writer.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <optional>

#include <catch2/catch.hpp>

#include "support/fake_clock.h"
#include "support/temporary_folder.h"
#include "unit/store/fake_session.h"

using namespace postbell;
using namespace postbell::store;
using Kind = StagedEvent::Kind;

namespace {

/// Counts what the writer's thread brings.
class CountingSink final : public PendingSink {
  public:
    void committed(std::span<const Pending> rows, std::span<const Settlement> settled) override {
        rows_ += rows.size();
        settled_ += settled.size();
    }
    std::size_t rows() const { return rows_; }
    std::size_t settled() const { return settled_; }

  private:
    std::atomic<std::size_t> rows_{0}, settled_{0};
};

struct Rig {
    FakeSession session;
    SeenLedger seen;
    testing::FakeClock clock{1'000'000};
    log::Log log;
    CountingSink sink;
    std::optional<GroupWriter> writer;

    explicit Rig(const std::string& log_file = "/dev/null")
        : log({log::Level::Info, log::Format::Text, log_file}) {
        session.rows.tables.device_of = {{1, 50}};
        writer.emplace(session, seen, clock, log);
        writer->setSink(&sink);
    }
    /// Whether the event became durable.
    bool stage(std::int32_t count) {
        // Shared: the writer may still be inside set_value() when get() returns.
        const auto durable = std::make_shared<std::promise<bool>>();
        Batch batch;
        batch.events = {eventOf(1, Kind::NewMail, count)};
        batch.done = [durable](CommitEnd end) { durable->set_value(end == CommitEnd::Durable); };
        std::future<bool> answer = durable->get_future();
        writer->stage(std::move(batch));
        return answer.get();
    }
};

}  // namespace

TEST_CASE("an event is answered when it is durable, and the sink hears of it", "[store]") {
    Rig rig;

    CHECK(rig.stage(3));
    rig.writer->flush();

    CHECK(rig.sink.rows() == 1);
    CHECK(rig.writer->stats().queued == 0);
}

TEST_CASE("a nudge is noted as seen once it is durable, and no event else", "[store]") {
    Rig rig;
    Batch batch;
    batch.events = {eventOf(1, Kind::Check, kUnknownCount)};
    batch.events[0].nudges = 2;
    batch.events[0].received = util::fromMs(900'000);
    rig.writer->stage(std::move(batch));
    CHECK(rig.stage(3));
    rig.writer->flush();
    Seen seen;
    rig.seen.complete(1, seen, rig.clock.wall());
    CHECK(seen.nudged_at == util::fromMs(900'000));
    CHECK(seen.nudges == 2);
}

TEST_CASE("a blocking write brings its own exception to its thread", "[store]") {
    Rig rig;
    CHECK_THROWS_AS(rig.writer->run([](PendingTable&) { throw std::out_of_range("its own"); }),
                    std::out_of_range);
    CHECK_THROWS_WITH(rig.writer->run([](PendingTable&) { throw StoreError("refused"); }),
                      "refused");
}

TEST_CASE("an event fails while the database cannot be written, and an outcome is kept",
          "[store]") {
    Rig rig;
    REQUIRE(rig.stage(3));
    rig.session.full = true;

    CHECK_FALSE(rig.stage(4));
    rig.writer->settle({{1, 50, 0, Environment::None, Delivered{1LL << 62, 3, false, {}}}});
    rig.writer->flush();
    CHECK(rig.writer->trouble() == "the disk is full");
    CHECK(rig.sink.settled() == 0);

    rig.session.full = false;
    CHECK(rig.stage(5));
    rig.writer->flush();
    CHECK(rig.writer->trouble().empty());
    CHECK(rig.sink.settled() == 1);
}

TEST_CASE("a disk that fails now and then does not fill the log", "[store]") {
    const testing::TemporaryFolder folder;
    Rig rig(folder.file("log"));

    for (int i = 0; i < 20; ++i) {
        rig.session.full = i % 2 == 0;
        CHECK(rig.stage(i) != rig.session.full);
    }

    rig.writer->flush();
    rig.log.flush();
    std::ifstream in(folder.file("log"));
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    CHECK(std::count(all.begin(), all.end(), '\n') == 1);
    CHECK_THAT(all, Catch::Contains("cannot be written"));
}

TEST_CASE("of two kept writes with one key the later one is written", "[store]") {
    Rig rig;
    rig.session.full = true;
    std::atomic<int> written{0};
    rig.writer->keep("key", [&](PendingTable&) { written = 1; });
    rig.writer->flush();
    rig.writer->keep("key", [&](PendingTable&) { written = 2; });
    rig.session.full = false;

    rig.writer->flush();

    CHECK(written == 2);
}

TEST_CASE("the caller of a kept write hears of it when it is durable", "[store]") {
    Rig rig;
    std::atomic<int> durable{0};
    rig.session.full = true;
    rig.writer->keep(
        "key", [](PendingTable&) {}, [&] { ++durable; });
    rig.writer->flush();
    CHECK(durable == 0);
    rig.session.full = false;

    rig.writer->flush();

    CHECK(durable == 1);
}

TEST_CASE("the end of the writer commits what is queued, the ledger's rows included", "[store]") {
    Rig rig;
    std::atomic<int> durable{0};
    for (int i = 1; i <= 50; ++i) {
        Batch batch;
        batch.events = {eventOf(1, Kind::NewMail, i)};
        batch.done = [&](CommitEnd end) { durable += end == CommitEnd::Durable; };
        rig.writer->stage(std::move(batch));
    }
    rig.seen.heard({1}, util::fromMs(500));

    rig.writer.reset();

    CHECK(durable == 50);
    CHECK(rig.session.rows.tables.pending[1].row.count == 50);
    CHECK(rig.session.rows.tables.seen[1].heard_at == util::fromMs(500));
}

TEST_CASE("a row that the database refuses makes no later group run twice", "[store]") {
    Rig rig;
    REQUIRE(rig.stage(3));
    rig.session.rows.refused = {2};
    rig.writer->settle({{2, 51, 0, Environment::None, Delivered{1, 3, false, {}}}});
    rig.writer->flush();
    const std::size_t before = rig.session.begun;

    for (int i = 0; i < 5; ++i) REQUIRE(rig.stage(4));

    CHECK(rig.session.begun == before + 5);
    CHECK(rig.writer->trouble().empty());
    CHECK(rig.sink.settled() == 0);
}
