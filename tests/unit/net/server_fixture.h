// SPDX-License-Identifier: Apache-2.0
// A server on a free loopback port, and its tests' common parts.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "net/http_server.h"
#include "support/eventually.h"
#include "support/raw_client.h"

namespace postbell::net {

/// Answers with the request: "METHOD path?query body".
inline void echo(Request&& request, Responder&& responder) {
    responder.send(
        {200, {}, request.method + " " + request.path + "?" + request.query + " " + request.body});
}

/// A handler that keeps requests, for a test to answer when it likes.
class HeldRequests {
  public:
    Handler handler() {
        return [this](Request&& request, Responder&& responder) {
            const std::lock_guard lock(held_mutex_);
            held_.emplace_back(std::move(request), std::move(responder));
            arrived_.notify_all();
        };
    }
    /// Waits for the next one.
    std::pair<Request, Responder> next() {
        std::unique_lock lock(held_mutex_);
        if (!arrived_.wait_for(lock, std::chrono::seconds(5), [this] { return !held_.empty(); }))
            throw std::runtime_error("no request came");
        auto first = std::move(held_.front());
        held_.pop_front();
        return first;
    }

  private:
    std::mutex held_mutex_;
    std::condition_variable arrived_;
    std::deque<std::pair<Request, Responder>> held_;
};

class ServerUnderTest {
  public:
    explicit ServerUnderTest(Limits limits = {}, Handler handler = echo,
                             std::string address = "127.0.0.1:0", unsigned reactors = 1)
        : ServerUnderTest(settings(limits, std::move(address), reactors), std::move(handler)) {}
    ServerUnderTest(ServerSettings settings, Handler handler)
        : log_({.level = log::Level::Error, .format = log::Format::Text, .file = "/dev/null"}),
          server_(std::make_unique<HttpServer>(std::move(settings), std::move(handler), log_)) {
        server_->start();
    }

    static ServerSettings settings(Limits limits = {}, std::string address = "127.0.0.1:0",
                                   unsigned reactors = 1) {
        return {.name = "test",
                .address = std::move(address),
                .tls_certificate = {},
                .tls_key = {},
                .reactors = reactors,
                .limits = limits};
    }

    HttpServer& operator*() { return *server_; }
    HttpServer* operator->() { return server_.get(); }
    test::RawClient client(const std::string& address = "127.0.0.1") {
        return test::RawClient(server_->port(), address);
    }
    void destroy() { server_.reset(); }
    /// Waits until the figures are so; false if they never are.
    bool eventually(const std::function<bool(const ServerStats&)>& so) {
        return testing::eventually([&] { return so(server_->stats()); });
    }

  private:
    log::Log log_;
    std::unique_ptr<HttpServer> server_;
};

inline std::string post(const std::string& body, const std::string& fields = "") {
    return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + fields + "\r\n" + body;
}

}  // namespace postbell::net
