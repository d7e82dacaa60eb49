// SPDX-License-Identifier: Apache-2.0
// How many requests the HTTP/2 engine carries: to be held against h2load on the same server, path,
// headers and body.
#include <sys/resource.h>
#include <time.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "engine/pool.h"

namespace {

using namespace postbell;

struct Settings {
    std::string origin = "https://127.0.0.1:3000";
    std::string ca_file;
    std::uint64_t requests = 200'000;
    unsigned streams = 100;
    unsigned connections = 1;
    std::string path = "/3/device/" + std::string(64, 'a');
    std::size_t body_bytes = 90;
    std::size_t authorization_bytes = 0;
    bool vary = false;
};

double cpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Keeps `streams` requests under way until all are answered.
class Load final : public engine::AnswerSink {
  public:
    Load(const Settings& settings, engine::Loop& loop, log::Log& log)
        : settings_(settings), loop_(loop), log_(log), body_(settings.body_bytes, 'x') {
        authorization_ = "bearer " + std::string(settings.authorization_bytes, 'j');
    }

    void start() {
        engine::PoolOptions options;
        options.origin = engine::Origin::parse(settings_.origin);
        options.ca_file = settings_.ca_file;
        options.connections = settings_.connections;
        pool_ = std::make_unique<engine::Pool>(loop_, std::move(options), *this, log_);
        submit();
    }
    void stop() { pool_.reset(); }

    void answered(std::uint64_t, const engine::Answer& answer) override {
        --under_way_;
        if (answer.failure != engine::Failure::None || answer.status >= 400) {
            if (failed_++ == 0)
                std::fprintf(stderr, "failed: %d %.*s\n", answer.status,
                             static_cast<int>(answer.detail.size()), answer.detail.data());
        }
        if (++answered_ == settings_.requests) done_.set_value();
        submit();
    }
    void ready() override { submit(); }

    void wait() { done_.get_future().wait(); }
    std::uint64_t failed() const { return failed_; }

  private:
    void submit() {
        while (submitted_ < settings_.requests && under_way_ < settings_.streams &&
               pool_->slots() > 0) {
            headers_.clear();
            headers_.push_back({"apns-topic", "com.example.mail"});
            headers_.push_back({"apns-push-type", "alert"});
            headers_.push_back({"apns-priority", "10"});
            headers_.push_back({"apns-expiration", "1764000000"});
            if (settings_.vary) {
                id_ = "12345678-1234-1234-1234-" + std::to_string(100'000'000'000 + submitted_);
                headers_.push_back({"apns-id", id_, false, true});
            }
            if (settings_.authorization_bytes > 0)
                headers_.push_back({"authorization", authorization_, true});
            pool_->submit({"POST", settings_.path, headers_, body_}, submitted_++);
            ++under_way_;
        }
    }

    const Settings& settings_;
    engine::Loop& loop_;
    log::Log& log_;
    const std::string body_;
    std::string authorization_;
    std::string id_;
    std::vector<engine::Header> headers_;
    std::unique_ptr<engine::Pool> pool_;
    std::uint64_t submitted_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t failed_ = 0;
    unsigned under_way_ = 0;
    std::promise<void> done_;
};

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app("How many requests the HTTP/2 engine carries");
    app.add_option("--origin", settings.origin, "https://host:port");
    app.add_option("--ca", settings.ca_file, "PEM; without it the system's");
    app.add_option("--requests", settings.requests);
    app.add_option("--streams", settings.streams,
                   "requests under way at a time, over all connections");
    app.add_option("--connections", settings.connections);
    app.add_option("--path", settings.path);
    app.add_option("--body", settings.body_bytes, "bytes");
    app.add_option("--authorization", settings.authorization_bytes,
                   "bytes of a secret authorization header; 0: none");
    app.add_flag("--vary", settings.vary, "an apns-id of its own for each request");
    CLI11_PARSE(app, argc, argv);

    log::Log log({});
    const util::SystemClock clock;
    engine::Loop loop(clock);
    Load load(settings, loop, log);
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpuSeconds();
    loop.runAndWait([&] { load.start(); });
    load.wait();
    const double cpu = cpuSeconds() - cpu_start;
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    loop.runAndWait([&] { load.stop(); });

    const auto count = static_cast<double>(settings.requests);
    std::printf("%.0f requests/s, %.2f us CPU each, %llu failed\n", count / wall.count(),
                cpu / count * 1e6, static_cast<unsigned long long>(load.failed()));
    return load.failed() == 0 ? 0 : 1;
}
