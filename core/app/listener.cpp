// SPDX-License-Identifier: Apache-2.0
#include "app/listener.h"

#include <exception>
#include <memory>
#include <utility>

#include "util/exception_text.h"
#include "web/problem.h"

namespace postbell::app {
namespace {

constexpr util::Milliseconds kAnswerPatience{10'000};
/// Seen only by a client that ended its half of the connection alone.
constexpr const char* kGone =
    "the connection was ended before the request's turn came, and nothing was done: keep it open "
    "until the answer";

net::ServerSettings serverSettings(const config::ListenerConfig& config,
                                   util::Heartbeats& heartbeats) {
    net::ServerSettings settings;
    settings.name = config.name;
    settings.address = config.address;
    settings.tls_certificate = config.tls_certificate;
    settings.tls_key = config.tls_key;
    settings.reactors = config.reactors;
    settings.limits = config.limits;
    settings.heartbeats = &heartbeats;
    return settings;
}

}  // namespace

Listener::Listener(const config::ListenerConfig& config, net::Handler handler,
                   util::Heartbeats& heartbeats, log::Log& log)
    : config_(config), server_(serverSettings(config, heartbeats), std::move(handler), log) {
    log.info("listening", {{"listener", config.name},
                           {"address", config.address},
                           {"port", server_.port()},
                           {"tls", config.tls() ? "yes" : "no"}});
}

void Listener::stop() {
    server_.stop(kAnswerPatience);
}

net::Handler onWorkers(util::WorkerPool& workers, log::Log& log,
                       std::function<net::Response(const net::Request&)> answer) {
    return [&workers, &log, answer = std::move(answer)](net::Request&& request,
                                                        net::Responder&& responder) {
        auto waiting = std::make_shared<std::pair<net::Request, net::Responder>>(
            std::move(request), std::move(responder));
        std::function<void()> job = [&log, waiting, answer] {
            if (!waiting->second.isWanted())
                return waiting->second.send(web::problemResponse(503, kGone));
            const auto failed = [&](const char* reason) {
                log.error("a request made the gateway fail: please report this",
                          {{"method", waiting->first.method},
                           {"path", waiting->first.path},
                           {"reason", reason}});
            };
            try {
                waiting->second.send(answer(waiting->first));
            } catch (...) {
                failed(util::exceptionText());
            }
        };
        if (!workers.tryPost(job))
            waiting->second.send(web::problemResponse(503, "the gateway is busy: try again"));
    };
}

}  // namespace postbell::app
