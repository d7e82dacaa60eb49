// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <string>

#include "connection.h"
#include "transport.h"

namespace http2_simulator {

namespace {

// Whoever signed it, a client certificate is taken; an expired one ends the handshake, as Apple's
// servers do.
int verifyClient(X509_STORE_CTX* store, void* services) {
    X509* certificate = X509_STORE_CTX_get0_cert(store);
    auto now = static_cast<time_t>(static_cast<Services*>(services)->clock.now().simulated_unix);
    if (X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_HAS_EXPIRED);
    return 0;
}

void require(bool ok, const std::string& what) {
    if (ok) return;
    const char* why = ERR_reason_error_string(ERR_peek_last_error());
    throw std::runtime_error(what + ": " + (why == nullptr ? "refused" : why));
}

SslCtxPtr makeContext(Services& services, const ServerCertificate& certificate) {
    SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // A client that ends without close_notify has ended all the same.
    SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_default_read_buffer_len(context.get(), 64 * 1024);
    SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("push"),
                                   4);
    if (services.network.asksForCertificate()) {
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_cert_verify_callback(context.get(), verifyClient, &services);
    }
    SSL_CTX_set_alpn_select_cb(context.get(), Transport::selectAlpn, nullptr);
    require(SSL_CTX_use_certificate_chain_file(context.get(),
                                               certificate.certificate_file.c_str()) == 1,
            certificate.certificate_file);
    require(SSL_CTX_use_PrivateKey_file(context.get(), certificate.key_file.c_str(),
                                        SSL_FILETYPE_PEM) == 1,
            certificate.key_file);
    require(SSL_CTX_check_private_key(context.get()) == 1, certificate.key_file);
    return context;
}

}  // namespace

Server::Server(Services& services, const ServerCertificate& certificate)
    : services_(services), tls_(makeContext(services, certificate)) {
    services_.tls = tls_.get();
    for (unsigned i = 0; i < services_.options.threads; ++i)
        workers_.push_back(std::make_unique<Worker>());
    listener_ = std::make_unique<Listener>(workers_[0]->loop, services_.options.listen,
                                           [this](int fd) { accept(fd); });
    for (auto& worker : workers_)
        worker->thread = std::thread([loop = &worker->loop] { loop->run(); });
}

Server::~Server() {
    for (auto& worker : workers_) worker->loop.stop();
    for (auto& worker : workers_) worker->thread.join();
    listener_.reset();
    for (auto& worker : workers_) worker->connections.clear();
}

void Server::accept(int fd) {
    const std::uint64_t number = ++last_connection_;
    auto fault = services_.faults.onAccept(number, services_.ledger.openConnections());
    if (fault && (fault->kind == FaultKind::Close || fault->kind == FaultKind::MaxConnections)) {
        const linger now{1, 0};
        if (!fault->fin) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(fd);
        services_.ledger.closedAtAccept();
        return;
    }
    Worker& worker = *workers_[number % workers_.size()];
    const auto open = [this, &worker, fd, number, fault = std::move(fault)] {
        worker.connections.emplace(
            number, std::make_unique<Connection>(services_, worker, fd, number, fault));
    };
    if (&worker == workers_[0].get())
        open();
    else
        worker.loop.post(open);
}

void Server::onEveryLoop(const std::function<void(Worker&)>& call) {
    std::vector<std::future<void>> done;
    for (auto& worker : workers_) {
        auto promise = std::make_shared<std::promise<void>>();
        done.push_back(promise->get_future());
        worker->loop.post([call, promise, target = worker.get()] {
            call(*target);
            promise->set_value();
        });
    }
    for (auto& each : done) each.wait();
}

void Server::strike(std::shared_ptr<const FaultAction> action,
                    std::optional<std::uint64_t> connection) {
    if (action->kind == FaultKind::Settings && action->max_concurrent_streams && !connection)
        services_.stream_limit.store(*action->max_concurrent_streams);
    onEveryLoop([this, action, connection](Worker& worker) {
        if (action->kind == FaultKind::Refuse) {
            if (&worker != workers_[0].get()) return;
            listener_->refuse();
            const std::uint64_t refusal = ++refusals_;
            if (action->for_ms > 0)
                worker.loop.after(action->for_ms, [this, refusal] {
                    if (refusal == refusals_) listener_->reopen();
                });
            return;
        }
        for (auto& [number, open] : worker.connections)
            if (!connection || *connection == number) open->strike(*action);
    });
}

void Server::calm() {
    FaultAction settings;
    settings.kind = FaultKind::Settings;
    settings.max_concurrent_streams = services_.options.max_streams;
    const bool limited = services_.stream_limit.exchange(-1) >= 0;
    onEveryLoop([this, settings, limited](Worker& worker) {
        if (&worker == workers_[0].get()) {
            ++refusals_;
            listener_->reopen();
        }
        if (!limited) return;
        for (auto& [number, open] : worker.connections) open->strike(settings);
    });
}

}  // namespace http2_simulator
