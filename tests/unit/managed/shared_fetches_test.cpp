// SPDX-License-Identifier: Apache-2.0
#include "managed/shared_fetches.h"

#include <catch2/catch.hpp>

#include <future>
#include <utility>

#include "mail_server.h"
#include "support/fake_clock.h"

using namespace postbell;
using namespace postbell::managed;

namespace {

constexpr util::Milliseconds kPatience = std::chrono::seconds(5);

struct Bench {
    Bench() {
        server.answer("/keys", {200, "keys", std::chrono::milliseconds(100)});
        loop.runAndWait([this] { fetches = std::make_unique<SharedFetches>(http, loop); });
    }
    ~Bench() {
        http.stop();
        loop.runAndWait([this] { fetches.reset(); });
    }
    std::future<std::string> send(const std::string& path) {
        const auto promise = std::make_shared<std::promise<std::string>>();
        auto future = promise->get_future();
        loop.runAndWait([&] {
            fetches->send({"GET", server.origin(), path, {}, {}}, kPatience,
                          [promise](const HttpAnswer& a) { promise->set_value(a.body); });
        });
        return future;
    }

    testing::FakeClock clock;
    test::MailServer server;
    HttpClient http{HttpSettings()};
    engine::Loop loop{clock};
    std::unique_ptr<SharedFetches> fetches;
};

}  // namespace

TEST_CASE("callers that need the same answer at once share one request", "[managed]") {
    Bench bench;
    std::vector<std::future<std::string>> answers;
    for (int i = 0; i < 8; ++i) answers.push_back(bench.send("/keys"));
    answers.push_back(bench.send("/other"));
    for (std::size_t i = 0; i < 8; ++i) CHECK(answers[i].get() == "keys");
    CHECK(answers[8].get() == "id");
    CHECK(bench.server.asked("/keys").size() == 1);
    CHECK(bench.send("/keys").get() == "keys");
    CHECK(bench.server.asked("/keys").size() == 2);
}

TEST_CASE("a request that was too long under way is not waited for", "[managed]") {
    Bench bench;
    bench.server.answer("/keys", {200, "late", std::chrono::milliseconds(60'000)});
    std::promise<void> asked;
    bench.server.whenAsked([&, first = true](const test::Asked&) mutable {
        if (std::exchange(first, false)) asked.set_value();
    });
    auto late = bench.send("/keys");
    asked.get_future().get();
    bench.server.whenAsked({});
    bench.clock.advance(kPatience);
    bench.server.answer("/keys", {200, "keys"});
    CHECK(bench.send("/keys").get() == "keys");
    bench.server.release();
    CHECK(late.get() == "late");
}
