// SPDX-License-Identifier: Apache-2.0
#include "app/listener.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <vector>

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

/// Requests for one thread, which the first request keeps busy for as long as the test likes.
struct Bench {
    testing::TemporaryFolder folder;
    log::Log log{{log::Level::Info, log::Format::Text, folder.file("log")}};
    std::promise<void> free;
    std::mutex begun_mutex;
    std::vector<std::string> begun;
    util::WorkerPool workers{1, 8};
    net::Handler handler = app::onWorkers(
        workers, log, [this, freed = free.get_future().share()](const auto& request) {
            {
                const std::lock_guard lock(begun_mutex);
                begun.push_back(request.path);
            }
            freed.wait();
            return net::Response{.status = 200, .headers = {}, .body = {}};
        });

    std::shared_ptr<Client> send(const std::string& path) {
        auto client = std::make_shared<Client>();
        net::Request request;
        request.path = path;
        handler(std::move(request), net::Responder(client));
        return client;
    }
};

}  // namespace

TEST_CASE("a request that waits for a thread is not begun if its client is gone by its turn",
          "[app]") {
    Bench bench;
    const auto first = bench.send("/first");
    const auto gone = bench.send("/gone");
    const auto last = bench.send("/last");

    gone->gone = true;
    bench.free.set_value();

    REQUIRE(testing::eventually([&] { return last->status == 200; }));
    CHECK(first->status == 200);
    CHECK(gone->status == 503);
    const std::lock_guard lock(bench.begun_mutex);
    CHECK(bench.begun == std::vector<std::string>{"/first", "/last"});
}
