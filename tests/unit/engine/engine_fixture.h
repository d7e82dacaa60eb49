// SPDX-License-Identifier: Apache-2.0
// A pool on a loop, and a sink that remembers.
#pragma once
#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/loop.h"
#include "engine/pool.h"
#include "support/eventually.h"
#include "support/h2_test_server.h"

namespace postbell::test {

using testing::eventually;

struct SeenAnswer {
    engine::Failure failure = engine::Failure::None;
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string detail;
    std::uint64_t connection = 0;
};

class RecordingSink final : public engine::AnswerSink {
  public:
    void answered(std::uint64_t tag, const engine::Answer& answer) override;
    void ready() override;

    /// Waits; fails the test after ten seconds.
    SeenAnswer wait(std::uint64_t tag);
    bool has(std::uint64_t tag) const;
    std::size_t count() const;
    int readyCount() const;

    /// The loop's thread only.
    std::function<void(std::uint64_t)> on_answer;
    std::function<void()> on_ready;

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::map<std::uint64_t, SeenAnswer> answers_;
    int ready_ = 0;
};

class EngineFixture {
  public:
    explicit EngineFixture(double clock_speed = 1.0, engine::LoopOptions loop_options = {});
    ~EngineFixture();

    /// Options that trust `authority`.
    engine::PoolOptions options(const std::string& origin) const;
    void open(engine::PoolOptions options);
    void close();
    void submit(std::uint64_t tag, const std::string& path = "/3/device/aa",
                const std::vector<engine::Header>& headers = {}, const std::string& body = "{}");
    SeenAnswer ask(std::uint64_t tag);
    /// Run on the loop's thread, after the sink's record was made.
    void onAnswer(std::function<void(std::uint64_t)> hook);
    void onReady(std::function<void()> hook);
    unsigned slots();
    engine::PoolStats stats();

    TestAuthority authority;
    CertificatePem certificate = authority.issue("localhost", "DNS:localhost,IP:127.0.0.1");
    TemporaryFile ca_file{authority.certificate()};
    util::SystemClock clock;
    log::Log log;
    RecordingSink sink;
    std::unique_ptr<engine::Pool> pool;  // the loop's thread only
    engine::Loop loop;
};

}  // namespace postbell::test
