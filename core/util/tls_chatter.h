// SPDX-License-Identifier: Apache-2.0
// How much a TLS peer talks without sending data.
#pragma once
#include <openssl/ssl.h>

#include <utility>

namespace postbell::util {

/// Counts the messages other than data on an established TLS connection: key updates,
/// renegotiations that are refused, session tickets, alerts. A key update is 27 bytes and costs as
/// much as 10 kB of data, and OpenSSL takes any number of them. Confined to the connection's
/// thread; must outlive the SSL, whose app data it takes.
class TlsChatter {
  public:
    TlsChatter() = default;
    TlsChatter(const TlsChatter&) = delete;
    TlsChatter& operator=(const TlsChatter&) = delete;

    /// For the context of the connections. Also makes OpenSSL return after such messages, instead
    /// of reading on until data comes.
    static void prepare(SSL_CTX* context) {
        SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
        SSL_CTX_set_info_callback(context, note);
    }
    void attach(SSL* ssl) { SSL_set_app_data(ssl, this); }

    unsigned count() const { return count_; }
    /// The count since the last call.
    unsigned take() { return std::exchange(count_, 0); }

  private:
    static void note(const SSL* ssl, int where, int) {
        // Not called for data. In the handshake itself the state is another.
        if (SSL_get_state(ssl) != TLS_ST_OK || !(where & (SSL_CB_LOOP | SSL_CB_ALERT))) return;
        if (auto* chatter = static_cast<TlsChatter*>(SSL_get_app_data(ssl))) ++chatter->count_;
    }

    unsigned count_ = 0;
};

}  // namespace postbell::util
