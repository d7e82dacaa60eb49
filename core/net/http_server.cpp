// SPDX-License-Identifier: Apache-2.0
#include "net/http_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <thread>

#include "net/reactor.h"
#include "util/heartbeat.h"
#include "util/named_thread.h"

namespace postbell::net {
namespace {

std::uint16_t portOf(int socket) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    void* const place = &address;
    if (::getsockname(socket, static_cast<sockaddr*>(place), &length) != 0) return 0;
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return 0;
    sockaddr_in start{};  // the port is at the same place in both
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    std::memcpy(&start, &address, sizeof start);
    return ntohs(start.sin_port);
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [name](const auto& field) { return field.first == name; });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

class HttpServer::Impl {
  public:
    Impl(ServerSettings settings, util::FileDescriptor listening, Handler handler, log::Log& log)
        : state_(std::move(settings), std::move(handler), log) {
        if (state_.tls.expired())
            log.warning(
                "a listener's TLS certificate has expired: clients will refuse it",
                {{"listener", state_.settings.name}, {"file", state_.settings.tls_certificate}});
        if (!listening) listening = listenOn(state_.settings.name, state_.settings.address);
        port_ = portOf(listening.get());
        std::vector<std::shared_ptr<Inbox>> inboxes;
        for (unsigned i = 0; i < std::max(1u, state_.settings.reactors); ++i) {
            // Also the thread's name, of which the kernel takes 15 characters.
            const std::string name = state_.settings.name.substr(0, 11) + "-" + std::to_string(i);
            reactors_.push_back(std::make_unique<Reactor>(state_, heartbeats().add(name)));
            inboxes.push_back(reactors_.back()->inbox());
        }
        for (std::size_t i = 0; i < reactors_.size(); ++i)
            reactors_[i]->handOnTo(inboxes[(i + 1) % inboxes.size()], inboxes.size());
        reactors_.front()->acceptWith(
            std::make_unique<Acceptor>(state_, std::move(listening), std::move(inboxes)));
    }

    ~Impl() { stop(util::Milliseconds(0)); }

    void start() {
        const std::lock_guard lock(threads_mutex_);
        if (started_) throw std::logic_error("a server is started once");
        started_ = true;
        threads_.reserve(reactors_.size());  // a thread that runs must have a place
        for (const auto& reactor : reactors_)
            threads_.push_back(
                util::startThread(reactor->name(), [&reactor = *reactor] { reactor.run(); }));
    }

    void stop(util::Milliseconds patience) {
        const util::SteadyTime deadline = state_.clock.steady() + patience;
        // Before the lock: a stop at once must reach the reactors while another, patient one waits
        // for them.
        for (const auto& reactor : reactors_) reactor->inbox()->postStop(deadline);
        const std::lock_guard lock(threads_mutex_);
        started_ = true;
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

    ServerStats stats() const {
        ServerStats stats;
        stats.connections = state_.connections.load(std::memory_order_relaxed);
        stats.in_work = state_.work->requests.load(std::memory_order_relaxed);
        for (const auto& reactor : reactors_) {
            const ReactorCounters& counters = reactor->counters();
            stats.accepted += counters.accepted;
            stats.requests += counters.requests;
            stats.refused_overload += counters.refused_overload;
            stats.refused_malformed += counters.refused_malformed;
            stats.timed_out += counters.timed_out;
            stats.tls_failures += counters.tls_failures;
        }
        return stats;
    }

    void reloadTls() { state_.tls.reload(); }
    ServerCertificate certificate(const std::string& host, const std::string& ca_file,
                                  util::WallTime now) const {
        const auto context = state_.tls.context();
        return inspectServerCertificate(context->sslContext(), state_.settings.tls_certificate,
                                        host, ca_file, now);
    }
    std::uint16_t port() const { return port_; }

  private:
    util::Heartbeats& heartbeats() {
        return state_.settings.heartbeats ? *state_.settings.heartbeats : unread_;
    }

    util::Heartbeats unread_;
    ServerState state_;
    std::uint16_t port_ = 0;
    std::vector<std::unique_ptr<Reactor>> reactors_;
    std::mutex threads_mutex_;
    std::vector<std::thread> threads_;
    bool started_ = false;
};

HttpServer::HttpServer(ServerSettings settings, Handler handler, log::Log& log)
    : HttpServer(std::move(settings), util::FileDescriptor(), std::move(handler), log) {}
HttpServer::HttpServer(ServerSettings settings, util::FileDescriptor listening, Handler handler,
                       log::Log& log)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(listening), std::move(handler),
                                   log)) {}
HttpServer::~HttpServer() = default;
void HttpServer::start() {
    impl_->start();
}
void HttpServer::stop(util::Milliseconds patience) {
    impl_->stop(patience);
}
void HttpServer::reloadTls() {
    impl_->reloadTls();
}
ServerCertificate HttpServer::certificate(const std::string& host, const std::string& ca_file,
                                          util::WallTime now) const {
    return impl_->certificate(host, ca_file, now);
}
std::uint16_t HttpServer::port() const {
    return impl_->port();
}
ServerStats HttpServer::stats() const {
    return impl_->stats();
}

}  // namespace postbell::net
