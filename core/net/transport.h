// SPDX-License-Identifier: Apache-2.0
// Bytes to and from a peer, plain or through TLS, without ever blocking.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/tls_context.h"
#include "util/file_descriptor.h"
#include "util/tls_chatter.h"

namespace postbell::net {

/// The outcome of a read or a write.
struct Io {
    enum class Outcome {
        Moved,       ///< `bytes` were read or written, one at least
        NotNow,      ///< nothing to read, or no room to write
        WantsWrite,  ///< TLS must write before it can read
        Ended,       ///< the peer sends no more
        Failed,
        Chatter,    ///< the peer keeps TLS busy without sending data
        PlainHttp,  ///< the peer speaks plain HTTP to a TLS port
    };
    Outcome outcome = Outcome::Failed;
    std::size_t bytes = 0;
};

/// Confined to its connection's thread, which has SIGPIPE blocked: OpenSSL's writes raise it.
class Transport {
  public:
    /// Messages of TLS beside data that a connection may receive, all its life. The ciphers want a
    /// key update after 2^24 records (RFC 8446 5.5).
    static constexpr unsigned kMaxTlsChatter = 32;

    explicit Transport(util::FileDescriptor socket, SslPtr ssl = nullptr)
        : socket_(std::move(socket)), ssl_(std::move(ssl)) {
        if (ssl_) chatter_.attach(ssl_.get());
    }

    int descriptor() const { return socket_.get(); }
    Io read(char* buffer, std::size_t size);
    /// Bytes that the peer does not take now are kept for flush(), which is due when there is room
    /// again.
    /// False: the connection is broken.
    bool send(std::string_view bytes);
    bool flush();
    bool unsent() const { return !out_.empty(); }
    bool encrypted() const { return ssl_ != nullptr; }
    /// More was received than read() returned, and no event announces it.
    bool pending() const { return ssl_ && SSL_has_pending(ssl_.get()) != 0; }
    /// The TLS handshake has not ended.
    bool shakingHands() const { return ssl_ && SSL_is_init_finished(ssl_.get()) == 0; }
    /// The reason of this thread's last TLS failure. To be called right after it.
    static const char* lastTlsError();
    /// Informs the peer that nothing more will be written.
    void endWriting();
    /// Past TLS: takes received bytes, to be thrown away.
    Io readRaw(char* buffer, std::size_t size);
    Io writeRaw(std::string_view bytes);

  private:
    Io write(std::string_view bytes);
    std::optional<std::size_t> writeAll(std::string_view bytes);
    Io tlsOutcome(int result, bool reading) const;

    util::FileDescriptor socket_;  // closed last
    util::TlsChatter chatter_;
    SslPtr ssl_;
    std::string out_;  ///< bytes to send; those from out_sent_ on are not yet sent
    std::size_t out_sent_ = 0;
};

}  // namespace postbell::net
