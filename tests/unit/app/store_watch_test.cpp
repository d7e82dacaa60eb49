// SPDX-License-Identifier: Apache-2.0
#include "app/store_watch.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>

#include "app/asker.h"
#include "support/eventually.h"
#include "support/temporary_folder.h"

using namespace postbell;
using namespace std::chrono_literals;

namespace {

/// Takes the answers that reach the client.
struct Client final : net::Responder::Target {
    std::atomic<int> answers = 0;
    std::string body;
    void answer(net::Response&& response) override {
        body = std::move(response.body);
        ++answers;
    }
    void drop() noexcept override { ++answers; }
};

net::Response excuse(const std::string& problem) {
    net::Response response;
    response.status = 503;
    response.body = problem;
    return response;
}

/// A database that is silent when the test says so.
struct Bench {
    testing::TemporaryFolder folder;
    log::Log log{{log::Level::Info, log::Format::Text, folder.file("log")}};
    std::atomic<bool> silent = false;
    app::StoreWatch watch{[this]() -> std::optional<util::RealTime> {
                              if (!silent) return std::nullopt;
                              return util::realNow() - app::StoreWatch::kMaxSilence - 1s;
                          },
                          "/data/postbell.db", log};

    std::string logged() {
        std::ifstream in(folder.file("log"));
        return {std::istreambuf_iterator<char>(in), {}};
    }
};

}  // namespace

TEST_CASE("a request that waits for a silent database gets an excuse, and its late answer none",
          "[app]") {
    Bench bench;
    const auto client = std::make_shared<Client>();
    net::Responder responder = bench.watch.watched(net::Responder(client), excuse);
    CHECK(responder.isWanted());

    bench.silent = true;

    REQUIRE(testing::eventually([&] { return client->answers == 1; }));
    CHECK(client->body.find("the database /data/postbell.db has not answered for 6 seconds") == 0);
    CHECK_FALSE(responder.isWanted());
    responder.send({});
    CHECK(client->answers == 1);
}

TEST_CASE("a request that is answered or dropped in time gets no excuse", "[app]") {
    Bench bench;
    const auto answered = std::make_shared<Client>(), dropped = std::make_shared<Client>();
    bench.watch.watched(net::Responder(answered), excuse).send({200, {}, "well"});
    { const net::Responder gone = bench.watch.watched(net::Responder(dropped), excuse); }

    bench.silent = true;

    REQUIRE(testing::eventually(
        [&] { return bench.logged().find("does not answer") != std::string::npos; }));
    CHECK(answered->answers == 1);
    CHECK(answered->body == "well");
    CHECK(dropped->answers == 1);
}

TEST_CASE("a silence and its end are logged once", "[app]") {
    Bench bench;
    bench.silent = true;
    REQUIRE(testing::eventually(
        [&] { return bench.logged().find("does not answer") != std::string::npos; }));
    CHECK_FALSE(bench.watch.problem().empty());
    CHECK(bench.watch.silence() >= 6s);

    bench.silent = false;

    REQUIRE(testing::eventually(
        [&] { return bench.logged().find("answers again") != std::string::npos; }));
    CHECK(bench.watch.problem().empty());
    CHECK(bench.watch.silence() == 0ms);
    const std::string log = bench.logged();
    CHECK(log.find("does not answer") == log.rfind("does not answer"));
}

TEST_CASE("a part that hangs is asked in vain, and does not keep the asker", "[app]") {
    std::promise<void> end;
    app::Asker asker("asker", 20ms);
    CHECK(asker.ask<int>([] { return 7; }) == 7);

    CHECK_FALSE(asker.ask<int>([hang = end.get_future().share()] {
        hang.wait();
        return 8;
    }));
    CHECK_FALSE(asker.ask<int>([] { return 9; }));

    end.set_value();
    asker.stop();
}
