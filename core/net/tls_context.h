// SPDX-License-Identifier: Apache-2.0
// The certificate that a server shows, and how it speaks TLS.
#pragma once
#include <Poco/Net/Context.h>
#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "net/ticket_keys.h"
#include "util/openssl.h"

namespace postbell::net {

using SslPtr = util::OpenSslPtr<SSL>;

/// A server's context from two PEM files. Throws std::runtime_error with a sentence naming the
/// file.
Poco::Net::Context::Ptr loadTlsContext(const std::string& certificate_file,
                                       const std::string& key_file);

/// The context that new connections use. Thread-safe.
class TlsSource {
  public:
    /// No files: plain HTTP. Throws as loadTlsContext.
    TlsSource(std::string certificate_file, std::string key_file, const util::Clock& clock);
    /// Throws as loadTlsContext, or because the certificate has expired, and then the old context
    /// stays.
    void reload();
    /// Null: plain HTTP.
    Poco::Net::Context::Ptr context() const;
    /// The certificate's time is over: most clients refuse it.
    bool expired() const;
    bool enabled() const { return !certificate_file_.empty(); }
    /// A new connection over the descriptor, waiting for the client's handshake. Null without
    /// memory.
    SslPtr open(int descriptor) const;

  private:
    Poco::Net::Context::Ptr load();

    const std::string certificate_file_, key_file_;
    TicketKeys ticket_keys_;
    mutable std::mutex context_mutex_;
    Poco::Net::Context::Ptr context_;
};

}  // namespace postbell::net
