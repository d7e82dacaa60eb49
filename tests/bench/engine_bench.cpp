// SPDX-License-Identifier: Apache-2.0
// How many pushes the APNs plugin and the HTTP/2 engine carry: each is encoded by the plugin, sent,
// and its answer classified. To be held against h2load on the same server with the request that
// --show prints.
#include <time.h>

#include <prometheus/registry.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "engine/loop.h"
#include "engine/pool.h"
#include "provider/credential_session.h"
#include "provider/provider.h"

namespace {

using namespace postbell;

struct Settings {
    std::string origin = "https://127.0.0.1:3000";
    std::string ca_file, plugins, key_file;
    std::uint64_t requests = 200'000;
    unsigned streams = 100;
    unsigned connections = 1;
    bool show = false;
};

double cpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string contentOf(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The APNs plugin with one signing key.
class Apns {
  public:
    Apns(const Settings& settings, log::Log& log, const util::Clock& clock)
        : provider_(open(settings, log, clock)) {
        store::Credential credential;
        credential.production = true;
        credential.content = contentOf(settings.key_file);
        credential.settings = {{"key-id", "KEY1234567"}, {"team-id", "TEAM123456"}};
        session_ = std::make_unique<provider::CredentialSession>(
            *provider_, std::move(credential), "com.example.mail",
            provider::CredentialSession::Hooks(), clock);
        if (session_->authorize() != provider::CredentialSession::Authorized::Yes)
            throw std::runtime_error(session_->problem());
    }

    /// What it points to is valid until the next call.
    engine::RequestView request(std::uint64_t number) {
        fillPush(number);
        provider::Encoded& encoded = session_->encode(push_);
        if (encoded.result != provider::Encoded::Result::Ready)
            throw std::runtime_error(encoded.problem);
        const store::StoredAuthorization& given = session_->authorization();
        encoded.headers.push_back({given.name, given.value, true, false});
        return {encoded.method, encoded.path, encoded.headers, encoded.body};
    }
    bool delivered(const engine::Answer& answer) {
        return session_->classify(push_, answer).result == provider::Outcome::Result::Delivered;
    }

  private:
    static std::unique_ptr<provider::Provider> open(const Settings& settings, log::Log& log,
                                                    const util::Clock& clock) {
        static prometheus::Registry registry;
        config::PluginSection section;
        section.kind = config::PluginKind::Provider;
        section.instance = section.plugin = "apns";
        section.enabled = true;
        section.endpoint = settings.origin;
        auto plugin = plugin::ProviderPlugin::open(
            section, plugin::PluginContext{settings.plugins, log, registry, clock, "bench"});
        plugin->start();
        return std::make_unique<provider::Provider>(std::move(plugin));
    }

    /// Over the last ten characters; no part of what is measured, and so not by printf.
    static void writeNumber(std::string& text, std::uint64_t number) {
        for (std::size_t i = 1; i <= 10; ++i, number /= 10)
            text[text.size() - i] = static_cast<char>('0' + number % 10);
    }

    void fillPush(std::uint64_t number) {
        writeNumber(id_, number);
        writeNumber(registration_, number);
        push_.kind = provider::PushKind::NewMail;
        push_.urgency = provider::Urgency::High;
        push_.environment = store::Environment::Production;
        push_.id = id_;
        push_.token = token_;
        push_.app = "com.example.mail";
        push_.platform = "ios";
        push_.registration = registration_;
        push_.unread = push_.badge = static_cast<std::int32_t>(number % 1000);
        push_.expires = util::fromMs(1'764'000'000'000);
    }

    const std::unique_ptr<provider::Provider> provider_;
    std::unique_ptr<provider::CredentialSession> session_;
    provider::Push push_;
    const std::string token_ = std::string(64, 'a');
    std::string id_ = "01234567-89ab-4cde-8f01-000000000000";
    std::string registration_ = "bench-registration-0000000000";
};

// Keeps `streams` requests under way on each connection until all are answered.
class Load final : public engine::AnswerSink {
  public:
    Load(const Settings& settings, Apns& apns, engine::Loop& loop, log::Log& log)
        : settings_(settings), apns_(apns), loop_(loop), log_(log) {}

    void start() {
        engine::PoolOptions options;
        options.origin = util::Origin::parse(settings_.origin).value();
        options.ca_file = settings_.ca_file;
        options.connections = settings_.connections;
        pool_ = std::make_unique<engine::Pool>(loop_, std::move(options), *this, log_);
        submit();
    }
    void stop() { pool_.reset(); }

    void answered(std::uint64_t, const engine::Answer& answer) override {
        --under_way_;
        if (!apns_.delivered(answer) && failed_++ == 0)
            std::fprintf(stderr, "failed: %d %.*s\n", answer.status,
                         static_cast<int>(answer.detail.size()), answer.detail.data());
        if (++answered_ == settings_.requests) done_.set_value();
        submit();
    }
    void ready() override { submit(); }

    void wait() { done_.get_future().wait(); }
    std::uint64_t failed() const { return failed_; }

  private:
    void submit() {
        const unsigned most = settings_.streams * settings_.connections;
        while (submitted_ < settings_.requests && under_way_ < most && pool_->slots() > 0) {
            pool_->submit(apns_.request(submitted_), submitted_);
            ++submitted_;
            ++under_way_;
        }
    }

    const Settings& settings_;
    Apns& apns_;
    engine::Loop& loop_;
    log::Log& log_;
    std::unique_ptr<engine::Pool> pool_;
    std::uint64_t submitted_ = 0;
    std::uint64_t answered_ = 0;
    std::uint64_t failed_ = 0;
    unsigned under_way_ = 0;
    std::promise<void> done_;
};

void show(const engine::RequestView& request) {
    nlohmann::json shown = {
        {"path", request.path}, {"body", request.body}, {"headers", nlohmann::json::array()}};
    for (const engine::Header& h : request.headers)
        shown["headers"].push_back({std::string(h.name), std::string(h.value)});
    std::printf("%s\n", shown.dump().c_str());
}

int measure(const Settings& settings, Apns& apns, log::Log& log, const util::Clock& clock) {
    engine::Loop loop(clock);
    Load load(settings, apns, loop, log);
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpuSeconds();
    loop.runAndWait([&] { load.start(); });
    load.wait();
    const double cpu = cpuSeconds() - cpu_start;
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    loop.runAndWait([&] { load.stop(); });
    const auto count = static_cast<double>(settings.requests);
    std::printf("{\"rate\": %.1f, \"cpu_us\": %.3f, \"failed\": %llu}\n", count / wall.count(),
                cpu / count * 1e6, static_cast<unsigned long long>(load.failed()));
    return load.failed() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app("How many pushes the APNs plugin and the HTTP/2 engine carry");
    app.add_option("--plugins", settings.plugins, "where apns.so is; absolute")->required();
    app.add_option("--key", settings.key_file, "a .p8")->required();
    app.add_option("--origin", settings.origin, "https://host:port");
    app.add_option("--ca", settings.ca_file, "PEM; without it the system's");
    app.add_option("--requests", settings.requests);
    app.add_option("--streams", settings.streams, "pushes under way on each connection");
    app.add_option("--connections", settings.connections);
    app.add_flag("--show", settings.show, "print one request as JSON, and send nothing");
    CLI11_PARSE(app, argc, argv);
    try {
        log::Log log({});
        const util::SystemClock clock;
        Apns apns(settings, log, clock);
        if (!settings.show) return measure(settings, apns, log, clock);
        show(apns.request(0));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_engine: %s\n", error.what());
        return 1;
    }
    return 0;
}
