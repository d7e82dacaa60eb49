// SPDX-License-Identifier: Apache-2.0
// Answers every POST with 600 bytes, as a bare Poco HTTPServer or as our server, until SIGINT or
// SIGTERM; then prints what it cost. A load generator runs beside it, for example wrk.
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/StreamCopier.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "net/http_server.h"

namespace {

const std::string kAnswer(600, 'a');
std::atomic<std::uint64_t> poco_requests{0};

class PocoHandler final : public Poco::Net::HTTPRequestHandler {
  public:
    void handleRequest(Poco::Net::HTTPServerRequest& request,
                       Poco::Net::HTTPServerResponse& response) override {
        std::string body;
        Poco::StreamCopier::copyToString(request.stream(), body);
        poco_requests.fetch_add(1, std::memory_order_relaxed);
        response.setContentType("text/xml");
        response.sendBuffer(kAnswer.data(), kAnswer.size());
    }
};

class PocoHandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
  public:
    Poco::Net::HTTPRequestHandler* createRequestHandler(
        const Poco::Net::HTTPServerRequest&) override {
        return new PocoHandler;
    }
};

double cpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

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
    std::printf("%llu requests, %.1f us CPU each, %ld kB resident at most\n",
                static_cast<unsigned long long>(requests),
                requests ? cpuSeconds() * 1e6 / static_cast<double>(requests) : 0.0,
                usage.ru_maxrss);
}

void runPoco(const std::string& address) {
    auto* params = new Poco::Net::HTTPServerParams;  // the server takes it
    params->setKeepAlive(true);
    params->setMaxThreads(64);
    Poco::ThreadPool pool(8, 64);
    Poco::Net::HTTPServer server(new PocoHandlerFactory, pool,
                                 Poco::Net::ServerSocket(Poco::Net::SocketAddress(address)),
                                 params);
    server.start();
    waitForSignal();
    report(poco_requests);
    server.stopAll(true);
}

void runPostbell(postbell::net::ServerSettings settings) {
    using namespace postbell;
    log::Log log({.level = log::Level::Info, .format = log::Format::Text, .file = {}});
    settings.name = "bench";
    settings.limits.connections = settings.limits.connections_per_address = 50'000;
    const auto answer = [](net::Request&&, net::Responder&& responder) {
        responder.send({200, {{"content-type", "text/xml"}}, kAnswer});
    };
    net::HttpServer server(settings, answer, log);
    server.start();
    waitForSignal();
    const net::ServerStats stats = server.stats();
    report(stats.requests);
    std::printf("%zu connections open, %llu accepted, %llu timed out, %llu TLS failures\n",
                stats.connections, static_cast<unsigned long long>(stats.accepted),
                static_cast<unsigned long long>(stats.timed_out),
                static_cast<unsigned long long>(stats.tls_failures));
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    if (argc < 3 || (mode != "poco" && mode != "postbell")) {
        std::fprintf(stderr, "usage: %s poco|postbell ADDRESS [REACTORS [CERTIFICATE KEY]]\n",
                     argv[0]);
        return 2;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    if (mode == "poco") {
        runPoco(argv[2]);
        return 0;
    }
    postbell::net::ServerSettings settings;
    settings.address = argv[2];
    if (argc > 3) settings.reactors = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10));
    if (argc > 5) {
        settings.tls_certificate = argv[4];
        settings.tls_key = argv[5];
    }
    runPostbell(settings);
    return 0;
}
