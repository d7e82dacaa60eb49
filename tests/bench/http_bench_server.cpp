// SPDX-License-Identifier: Apache-2.0
// Reads every POST and answers it with a text of a given size, as a bare Poco HTTPServer or as our
// server, until SIGINT or SIGTERM; then prints what it cost, as a line of JSON.
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/StreamCopier.h>
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>

#include "net/http_server.h"

namespace {

struct Settings {
    std::string kind = "poco", address, certificate, key;
    std::size_t answer_bytes = 600;
    int threads = 64;
    unsigned reactors = 1;
};

std::atomic<std::uint64_t> poco_requests{0};

class PocoHandler final : public Poco::Net::HTTPRequestHandler {
  public:
    explicit PocoHandler(const std::string& answer) : answer_(answer) {}
    void handleRequest(Poco::Net::HTTPServerRequest& request,
                       Poco::Net::HTTPServerResponse& response) override {
        std::string body;
        Poco::StreamCopier::copyToString(request.stream(), body);
        poco_requests.fetch_add(1, std::memory_order_relaxed);
        response.setContentType("text/xml; charset=utf-8");
        response.sendBuffer(answer_.data(), answer_.size());
    }

  private:
    const std::string& answer_;
};

class PocoHandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    explicit PocoHandlerFactory(std::size_t answer_bytes) : answer_(answer_bytes, 'a') {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest&) override {
        return new PocoHandler(answer_);
    }

  private:
    const std::string answer_;
};

void waitForSignal() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    int signal = 0;
    sigwait(&set, &signal);
}

void report(std::uint64_t requests) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    std::printf("{\"requests\": %llu, \"cpu_us\": %.2f, \"peak_rss_kb\": %ld}\n",
                static_cast<unsigned long long>(requests),
                requests ? cpu * 1e6 / static_cast<double>(requests) : 0.0, usage.ru_maxrss);
}

Poco::Net::ServerSocket pocoSocket(const Settings& settings) {
    const Poco::Net::SocketAddress address(settings.address);
    if (settings.certificate.empty()) return Poco::Net::ServerSocket(address);
    const Poco::Net::Context::Ptr context =
        new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, settings.key,
                               settings.certificate, "", Poco::Net::Context::VERIFY_NONE);
    return Poco::Net::SecureServerSocket(address, 128, context);
}

void runPoco(const Settings& settings) {
    auto* params = new Poco::Net::HTTPServerParams;  // the server takes it
    params->setKeepAlive(true);
    params->setMaxKeepAliveRequests(0);
    params->setMaxThreads(settings.threads);
    Poco::ThreadPool pool(8, settings.threads);
    Poco::Net::HTTPServer server(new PocoHandlerFactory(settings.answer_bytes), pool,
                                 pocoSocket(settings), params);
    server.start();
    waitForSignal();
    report(poco_requests);
    server.stopAll(true);
}

void runPostbell(const Settings& settings) {
    using namespace postbell;
    log::Log log({.level = log::Level::Info, .format = log::Format::Text, .file = {}});
    net::ServerSettings server_settings;
    server_settings.name = "bench";
    server_settings.address = settings.address;
    server_settings.tls_certificate = settings.certificate;
    server_settings.tls_key = settings.key;
    server_settings.reactors = settings.reactors;
    server_settings.limits.connections = server_settings.limits.connections_per_address = 50'000;
    const std::string text(settings.answer_bytes, 'a');
    const auto answer = [&text](net::Request&&, net::Responder&& responder) {
        responder.send({200, {{"content-type", "text/xml; charset=utf-8"}}, text});
    };
    net::HttpServer server(server_settings, answer, log);
    server.start();
    waitForSignal();
    report(server.stats().requests);
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app("Answers every POST, as a bare Poco HTTPServer or as our server");
    app.add_option("--kind", settings.kind)->check(CLI::IsMember({"poco", "postbell"}));
    app.add_option("--address", settings.address, "host:port")->required();
    app.add_option("--certificate", settings.certificate, "PEM; with --key: TLS");
    app.add_option("--key", settings.key);
    app.add_option("--answer-bytes", settings.answer_bytes);
    app.add_option("--threads", settings.threads, "of Poco: the most connections that are served");
    app.add_option("--reactors", settings.reactors, "of our server");
    CLI11_PARSE(app, argc, argv);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    try {
        settings.kind == "poco" ? runPoco(settings) : runPostbell(settings);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_http_server: %s\n", error.what());
        return 1;
    }
    return 0;
}
