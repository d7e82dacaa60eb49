// SPDX-License-Identifier: Apache-2.0
#include "engine/tls_channel.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <exception>
#include <utility>

namespace postbell::engine {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;  // RFC 8446, 5.1: the most that one record carries

/// A chain of certificates is a few KiB; OpenSSL takes up to 100.
constexpr std::size_t kMaxHandshakeBytes = 256 * 1024;
constexpr std::size_t kFramesPerTlsMessage = 256;
constexpr std::size_t kIdleBytesPerFrame = 1024;

}  // namespace

TlsChannel::TlsChannel(asio::ip::tcp::socket socket, SslPtr ssl, Protocols protocols)
    : socket_(std::move(socket)), ssl_(std::move(ssl)), protocols_(protocols) {
    attach(ssl_.get(), buffers_);
    chatter_.attach(ssl_.get());
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
}

void TlsChannel::handshake(std::function<void(const Failed*)> done) {
    handshake_done_ = std::move(done);
    handshakeStep();
}

void TlsChannel::handshakeStep() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    const int error = SSL_get_error(ssl_.get(), result);
    if (result != 1 && error != SSL_ERROR_WANT_READ) {
        const Failed failed = handshakeError(error);
        send();  // the alert tells the peer's log why
        return handshakeEnded(&failed);
    }
    if (!send()) return;
    if (result != 1) {
        handshake_bytes_ += buffers_.in_end;
        if (handshake_bytes_ <= kMaxHandshakeBytes) return read(&TlsChannel::handshakeStep);
        const Failed failed{true, "the server's TLS handshake is larger than 256 KiB"};
        return handshakeEnded(&failed);
    }

    if (!chooseProtocol()) {
        const Failed failed{true, "the server does not speak HTTP/2 (ALPN h2)"};
        return handshakeEnded(&failed);
    }
    handshakeEnded(nullptr);
}

bool TlsChannel::chooseProtocol() {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    const std::string_view chosen(reinterpret_cast<const char*>(name), size);
    if (chosen == "h2") return true;
    protocol_ = Protocol::Http1;
    // Without the extension a server speaks what it did before there was one (RFC 7301, 3.2).
    return protocols_ == Protocols::Http2OrHttp1 && (chosen.empty() || chosen == "http/1.1");
}

TlsChannel::Failed TlsChannel::handshakeError(int error) const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) {
        ERR_clear_error();
        return {true, "the server's certificate was not accepted: " +
                          std::string(X509_verify_cert_error_string(verified))};
    }
    if (error == SSL_ERROR_SSL) return {true, "TLS failed: " + lastTlsError()};
    return {false, "closed by the peer during the TLS handshake"};
}

void TlsChannel::handshakeEnded(const Failed* failed) {
    if (auto done = std::exchange(handshake_done_, nullptr)) done(failed);
}

void TlsChannel::start(Listener& listener) {
    listener_ = &listener;
    // The first bytes may have come with the end of the handshake, and OpenSSL may have read them
    // ahead.
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        if (!self->closed_) self->decrypt();
    });
}

void TlsChannel::read(void (TlsChannel::*next)()) {
    buffers_.in_begin = buffers_.in_end = 0;
    socket_.async_read_some(asio::buffer(buffers_.in),
                            [self = shared_from_this(), next](
                                const boost::system::error_code& error, std::size_t size) {
                                if (self->closed_) return;
                                if (error) return self->fail({false, self->endText(error)});
                                self->buffers_.in_end = size;
                                try {
                                    ((*self).*next)();
                                } catch (const std::exception& failed) {
                                    // Nothing is read from here on.
                                    self->fail({false, failed.what()});
                                }
                            });
}

std::string TlsChannel::endText(const boost::system::error_code& error) const {
    if (write_error_) return "writing failed: " + write_error_.message();
    return error == asio::error::eof ? "closed by the peer" : error.message();
}

void TlsChannel::decrypt() {
    std::array<char, kRecordBytes> plain;
    bool data = false;
    for (;;) {
        ERR_clear_error();
        std::size_t size = 0;
        const int result = SSL_read_ex(ssl_.get(), plain.data(), plain.size(), &size);
        if (result == 1) {
            data = true;
            listener_->received({plain.data(), size});
            if (closed_) return;
            continue;
        }
        const int error = SSL_get_error(ssl_.get(), result);
        if (error == SSL_ERROR_WANT_READ) {
            // After a message that is no data, OpenSSL returns before it has read everything.
            if (buffers_.in_begin < buffers_.in_end) continue;
            break;
        }
        if (error == SSL_ERROR_ZERO_RETURN) return fail({false, "closed by the peer"});
        return fail({true, "TLS failed: " + lastTlsError()});
    }
    if (!data) idle_bytes_ += buffers_.in_end;
    if (!send()) return;  // an answer to a key update
    listener_->allReceived();
    if (!closed_) read(&TlsChannel::decrypt);
}

std::size_t TlsChannel::takeChatter() {
    return chatter_.take() * kFramesPerTlsMessage +
           (std::exchange(idle_bytes_, 0) + kIdleBytesPerFrame - 1) / kIdleBytesPerFrame;
}

bool TlsChannel::write(std::string_view plain) {
    ERR_clear_error();
    std::size_t size = 0;
    // Cannot block: our BIO takes everything.
    if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &size) != 1) {
        asio::post(socket_.get_executor(), [self = shared_from_this(), why = lastTlsError()] {
            self->fail({true, "TLS failed: " + why});
        });
        return false;
    }
    send();
    return true;
}

bool TlsChannel::send() {
    if (sending_) return true;
    while (writing()) {
        const auto rest = asio::buffer(buffers_.out) + buffers_.out_begin;
        boost::system::error_code error;
        buffers_.out_begin += socket_.write_some(rest, error);
        if (error == asio::error::would_block) break;
        if (error) breakOff(error);
    }
    if (!writing()) {
        buffers_.out.clear();
        buffers_.out_begin = 0;
        return true;
    }
    sending_ = true;
    socket_.async_wait(asio::socket_base::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           self->sending_ = false;
                           if (self->closed_ || error) return;
                           if (self->send() && !self->writing() && self->listener_)
                               self->listener_->writable();
                       });
    return true;
}

/// The reader meets the end, after the peer's last bytes before it. Also where the connection would
/// go on: bytes are missing from it now.
void TlsChannel::breakOff(const boost::system::error_code& error) {
    buffers_.out_begin = buffers_.out.size();
    write_error_ = error;
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_both, ignored);
}

void TlsChannel::fail(const Failed& failed) {
    if (closed_) return;
    if (handshake_done_) return handshakeEnded(&failed);
    if (listener_) listener_->ended(failed);
}

void TlsChannel::close() {
    if (std::exchange(closed_, true)) return;
    handshake_done_ = nullptr;
    listener_ = nullptr;
    boost::system::error_code ignored;
    if (SSL_is_init_finished(ssl_.get()) && !writing()) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        socket_.write_some(asio::buffer(buffers_.out) + buffers_.out_begin, ignored);
    }
    socket_.close(ignored);
}

}  // namespace postbell::engine
