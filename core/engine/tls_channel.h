// SPDX-License-Identifier: Apache-2.0
// A TLS connection over a connected socket.
#pragma once
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/tls_bio.h"
#include "engine/tls_client_context.h"
#include "util/tls_chatter.h"

namespace postbell::engine {

/// Confined to the loop's thread. Shared with its handlers in the loop; close() ends them, and no
/// callback follows it.
class TlsChannel : public std::enable_shared_from_this<TlsChannel> {
  public:
    struct Failed {
        /// The peer's certificate or ours was refused, or the peer does not speak TLS as we do.
        bool tls = false;
        std::string why;
    };
    /// The user of an established channel. Any of these may call close().
    class Listener {
      public:
        virtual void received(std::string_view plain) = 0;
        virtual void allReceived() = 0;  ///< after the last received() of a read
        virtual void writable() = 0;     ///< all written bytes have left
        virtual void ended(const Failed& failed) = 0;

      protected:
        ~Listener() = default;
    };

    enum class Protocol { Http2, Http1 };

    TlsChannel(boost::asio::ip::tcp::socket socket, SslPtr ssl, Protocols protocols);

    /// Calls `done` once, with null if the peer proves its name and speaks one of the protocols.
    void handshake(std::function<void(const Failed*)> done);
    /// After the handshake.
    Protocol protocol() const { return protocol_; }
    /// After the handshake: hands over received bytes until close(). Calls back from the loop only.
    void start(Listener& listener);
    /// Bytes that the peer sent since the last call that brought no data: in units of a frame. A
    /// key update costs as much as hundreds.
    std::size_t takeChatter();
    /// Precondition: !writing(). False if the connection is gone (ended() follows from the loop).
    bool write(std::string_view plain);
    bool writing() const { return buffers_.out_begin < buffers_.out.size(); }
    /// Says good-bye to the peer if the socket takes it at once.
    void close();

  private:
    void handshakeStep();
    bool chooseProtocol();
    void handshakeEnded(const Failed* failed);
    Failed handshakeError(int error) const;
    void read(void (TlsChannel::*next)());
    void decrypt();
    bool send();
    void breakOff(const boost::system::error_code& error);
    std::string endText(const boost::system::error_code& error) const;
    void fail(const Failed& failed);

    boost::asio::ip::tcp::socket socket_;
    TlsBuffers buffers_;
    util::TlsChatter chatter_;
    SslPtr ssl_;
    const Protocols protocols_;
    Protocol protocol_ = Protocol::Http2;
    std::size_t handshake_bytes_ = 0;
    std::size_t idle_bytes_ = 0;  ///< of reads that brought no data
    std::function<void(const Failed*)> handshake_done_;
    Listener* listener_ = nullptr;
    boost::system::error_code write_error_;
    bool sending_ = false;
    bool closed_ = false;
};

}  // namespace postbell::engine
