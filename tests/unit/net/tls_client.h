// SPDX-License-Identifier: Apache-2.0
// A TLS client, and certificates, for the server's tests.
#pragma once
#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "support/raw_client.h"
#include "support/temporary_folder.h"

namespace postbell::net {

/// A fresh self-signed certificate and its key (P-256) as two PEM files in a folder that goes with
/// it.
class TestCertificate {
  public:
    explicit TestCertificate(const std::string& common_name, long seconds = 3600);
    std::string certificateFile() const { return folder_.file("certificate.pem"); }
    std::string keyFile() const { return folder_.file("key.pem"); }
    std::string encryptedKeyFile() const { return folder_.file("encrypted.pem"); }
    std::string file(const std::string& name, const std::string& content) const;

  private:
    testing::TemporaryFolder folder_;
};

struct TlsOptions {
    int max_version = 0;
    const char* groups = nullptr;
    SSL_SESSION* resume = nullptr;
};

/// Blocking, over a RawClient's descriptor. Throws std::runtime_error if the handshake fails.
class TlsClient {
  public:
    explicit TlsClient(std::uint16_t port, const TlsOptions& options = {});
    void send(std::string_view bytes);
    /// One answer with a body of known length, whole; empty if the connection ended.
    std::string read(std::size_t body_bytes);
    std::string commonName() const;
    std::string version() const { return SSL_get_version(ssl_.get()); }
    int group() const {
        return static_cast<int>(SSL_get_negotiated_group(ssl_.get()));
    }  ///< an OpenSSL NID
    bool resumed() const { return SSL_session_reused(ssl_.get()) != 0; }
    using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;
    Session session() const { return {SSL_get1_session(ssl_.get()), SSL_SESSION_free}; }
    /// Many key updates as bytes for raw(), after which nothing can be read or sent any more.
    std::string keyUpdates(int count, bool answer_wanted);
    void updateKey();
    /// Sends a TLS 1.2 client's request to renegotiate.
    void askToRenegotiate();
    test::RawClient& raw() { return tcp_; }

  private:
    test::RawClient tcp_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace postbell::net
