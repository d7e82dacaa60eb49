// SPDX-License-Identifier: Apache-2.0
// Shared by all TLS connections of one pool: trust, our certificate, the last session.
#pragma once
#include <openssl/ssl.h>

#include <string>

#include "engine/tls_identity.h"
#include "engine/tls_trust.h"
#include "util/openssl.h"

namespace postbell::engine {

using SslPtr = util::OpenSslPtr<SSL>;

/// A ticket holds bytes that the server chose, and is sent to the next address of its name: not to
/// the origins that devices name, whose addresses may be any machine's.
enum class Resumption { Yes, No };

/// What is spoken with a server; HTTP/2 is preferred.
enum class Protocols { Http2, Http2OrHttp1 };

/// Confined to the loop's thread; must outlive the work of the connections it made.
class TlsClientContext {
  public:
    /// Throws std::runtime_error with a sentence: an identity that OpenSSL does not take.
    TlsClientContext(const std::string& host, const TlsIdentity* identity, Resumption resumption,
                     Protocols protocols = Protocols::Http2);
    ~TlsClientContext();
    TlsClientContext(const TlsClientContext&) = delete;
    TlsClientContext& operator=(const TlsClientContext&) = delete;

    /// Servers are checked against these roots from now on, and sessions with servers that were
    /// checked against others are resumed no more. Before the first connection.
    void trust(const TrustPtr& roots);
    /// Ready for the handshake with `host`: its name or address is checked, the protocols are
    /// offered, and the last session if any.
    SslPtr newConnection() const;
    Protocols protocols() const { return protocols_; }
    /// After a handshake that failed: the next one starts afresh.
    void forgetSession() { session_.reset(); }

  private:
    static int remember(SSL* ssl, SSL_SESSION* session);

    const std::string host_;
    const Protocols protocols_;
    TrustPtr roots_;
    util::OpenSslPtr<SSL_CTX> context_;
    util::OpenSslPtr<SSL_SESSION> session_;
};

/// OpenSSL's text for the last error of this thread, or "an unknown error". Clears its queue.
std::string lastTlsError();

}  // namespace postbell::engine
