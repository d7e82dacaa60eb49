// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "openssl_ptr.h"

namespace http2_simulator {

/// A non-blocking TLS server socket that can also break off in unusual places. Owns the descriptor.
class Transport {
  public:
    enum class Progress { Done, WantRead, WantWrite, Closed };

    Transport(SSL_CTX* context, int fd);
    ~Transport();
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    int fd() const { return fd_; }

    /// What ALPN is answered when it is not to be h2; empty: nothing.
    void answerAlpnWith(std::string protocol) { false_alpn_ = std::move(protocol); }
    /// Sends the first half of the server's flight and no more, ever.
    void stopInHandshake();

    Progress handshake();
    /// Why handshake() said Closed.
    std::string handshakeError() const { return error_; }
    std::string alpn() const;
    /// What the client showed in the handshake; null: nothing.
    X509Ptr clientCertificate() const;

    /// Progress::Done: `size` bytes are in the buffer.
    Progress read(std::span<unsigned char> buffer, std::size_t& size);
    /// Progress::Done: `size` of them are written, at least one.
    Progress write(std::string_view bytes, std::size_t& size);

    /// After this many more bytes write() says Closed.
    void limitWrites(std::uint64_t bytes) { write_limit_ = bytes; }
    /// close_notify and FIN; what arrives can still be read.
    void finish();
    /// Makes the destructor reset the connection instead of closing it.
    void resetOnClose();

    /// For SSL_CTX_set_alpn_select_cb.
    static int selectAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                          const unsigned char* in, unsigned in_size, void*);

  private:
    Progress progressOf(int result);
    void sendHalfFlight();

    int fd_;
    SslPtr ssl_;
    BIO* half_flight_ = nullptr;  // owned by ssl_
    std::optional<std::string> false_alpn_;
    std::optional<std::uint64_t> write_limit_;
    std::string error_;
};

}  // namespace http2_simulator
