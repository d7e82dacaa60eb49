// SPDX-License-Identifier: Apache-2.0
#include "transport.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace http2_simulator {

Transport::Transport(SSL_CTX* context, int fd) : fd_(fd), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), fd);
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_accept_state(ssl_.get());
}

Transport::~Transport() {
    ssl_.reset();
    ::close(fd_);
}

void Transport::stopInHandshake() {
    half_flight_ = BIO_new(BIO_s_mem());
    SSL_set0_wbio(ssl_.get(), half_flight_);
}

void Transport::sendHalfFlight() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(half_flight_, &bytes);
    if (size <= 0) return;
    [[maybe_unused]] const auto sent =
        ::send(fd_, bytes, static_cast<std::size_t>(size) / 2, MSG_NOSIGNAL);
    BIO_reset(half_flight_);
}

Transport::Progress Transport::progressOf(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return Progress::WantRead;
        case SSL_ERROR_WANT_WRITE:
            return Progress::WantWrite;
        default:
            return Progress::Closed;
    }
}

Transport::Progress Transport::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (half_flight_ != nullptr) {
        sendHalfFlight();
        return result == 1 ? Progress::WantRead : progressOf(result);
    }
    if (result == 1) return Progress::Done;
    const Progress progress = progressOf(result);
    if (progress == Progress::Closed) {
        const unsigned long code = ERR_peek_error();
        const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
        error_ = reason == nullptr ? "the connection ended in the handshake" : reason;
    }
    return progress;
}

std::string Transport::alpn() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return std::string(reinterpret_cast<const char*>(name), size);
}

X509Ptr Transport::clientCertificate() const {
    return X509Ptr(SSL_get1_peer_certificate(ssl_.get()));
}

Transport::Progress Transport::read(std::span<unsigned char> buffer, std::size_t& size) {
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
    return result == 1 ? Progress::Done : progressOf(result);
}

Transport::Progress Transport::write(std::string_view bytes, std::size_t& size) {
    if (write_limit_) bytes = bytes.substr(0, *write_limit_);
    if (bytes.empty()) return Progress::Closed;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
    if (result != 1) return progressOf(result);
    if (write_limit_) *write_limit_ -= size;
    return Progress::Done;
}

void Transport::finish() {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ::shutdown(fd_, SHUT_WR);
}

void Transport::resetOnClose() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

int Transport::selectAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                          const unsigned char* in, unsigned in_size, void*) {
    const auto* transport = static_cast<Transport*>(SSL_get_app_data(ssl));
    const std::string wanted = transport->false_alpn_.value_or("h2");
    if (wanted.empty()) return SSL_TLSEXT_ERR_NOACK;
    for (unsigned at = 0; at < in_size && at + 1 + in[at] <= in_size; at += 1U + in[at]) {
        const std::string_view offered(reinterpret_cast<const char*>(in + at + 1), in[at]);
        if (offered != wanted) continue;
        *out = in + at + 1;
        *out_size = in[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return transport->false_alpn_ ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace http2_simulator
