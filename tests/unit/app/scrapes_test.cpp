// SPDX-License-Identifier: Apache-2.0
#include "app/scrapes.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>

#include "support/eventually.h"
#include "support/temporary_folder.h"

using namespace postbell;

namespace {

struct Client final : net::Responder::Target {
    std::atomic<bool> gone = false;
    std::atomic<int> status = 0;
    void answer(net::Response&& response) override { status = response.status; }
    void drop() noexcept override { status = 500; }
    bool isWanted() const override { return !gone; }
};

/// The first collection lasts as long as the test likes.
struct Bench {
    testing::TemporaryFolder folder;
    log::Log log{{log::Level::Error, log::Format::Text, folder.file("log")}};
    std::promise<void> free;
    std::atomic<int> collections = 0;
    std::atomic<bool> fails = false;
    util::WorkerPool workers{1, 1};
    app::Scrapes scrapes{workers,
                         [this, freed = free.get_future().share()] {
                             ++collections;
                             freed.wait();
                             if (fails) throw std::runtime_error("no memory");
                             return net::Response{.status = 200, .headers = {}, .body = "a 1\n"};
                         },
                         log};

    std::shared_ptr<Client> scrape() {
        auto client = std::make_shared<Client>();
        scrapes.answer(net::Responder(client));
        return client;
    }
    /// A scrape whose collection has begun.
    std::shared_ptr<Client> begun() {
        auto client = scrape();
        REQUIRE(testing::eventually([&] { return collections == 1; }));
        return client;
    }
};

}  // namespace

TEST_CASE("all scrapes that wait get the answer of one collection, which began after they came",
          "[app]") {
    Bench bench;
    const auto first = bench.begun();
    std::vector<std::shared_ptr<Client>> waiting;
    for (std::size_t i = 0; i < app::Scrapes::kMaxWaiting; ++i) waiting.push_back(bench.scrape());
    CHECK(bench.scrape()->status == 503);

    bench.free.set_value();

    for (const auto& client : waiting)
        REQUIRE(testing::eventually([&] { return client->status == 200; }));
    CHECK(first->status == 200);
    CHECK(bench.collections == 2);
}

TEST_CASE("nothing is collected for clients that are gone", "[app]") {
    Bench bench;
    const auto first = bench.begun();
    bench.scrape()->gone = true;
    bench.free.set_value();
    REQUIRE(testing::eventually([&] { return first->status == 200; }));
    const auto last = bench.scrape();
    REQUIRE(testing::eventually([&] { return last->status == 200; }));
    CHECK(bench.collections == 2);
}

TEST_CASE("a collection that fails is answered, and so is the next scrape", "[app]") {
    Bench bench;
    bench.fails = true;
    bench.free.set_value();
    const auto failed = bench.scrape();
    REQUIRE(testing::eventually([&] { return failed->status == 500; }));
    bench.fails = false;
    const auto next = bench.scrape();
    REQUIRE(testing::eventually([&] { return next->status == 200; }));
}
