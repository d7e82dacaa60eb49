// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <openssl/ssl.h>

#include <array>
#include <mutex>

#include "util/clock.h"

namespace postbell::net {

/// The keys that a server's TLS session tickets are sealed with: one for all its threads, and for
/// each certificate that it comes to show. OpenSSL's own key would stay for as long as the process
/// runs, and a thief of that key can read all sessions of TLS 1.2 since. Thread-safe.
class TicketKeys {
  public:
    /// A key seals for so long, which is also for how long a session can be resumed, and then opens
    /// for as long again.
    static constexpr util::Milliseconds kPeriod = std::chrono::hours(2);

    /// The clock must outlive this.
    explicit TicketKeys(const util::Clock& clock);
    ~TicketKeys();
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    /// The context's tickets are sealed with these keys, which must outlive its connections.
    void serve(SSL_CTX* context);

  private:
    struct Key {
        std::array<unsigned char, 16> name;
        std::array<unsigned char, 32> cipher, mac;
    };
    enum class Use { None, Open, OpenAndRenew };

    static int onTicket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                        EVP_MAC_CTX* mac, int seal);
    static Key make();
    Key sealing();
    Use find(const unsigned char* name, Key& key);
    void rotate();

    const util::Clock& clock_;
    std::mutex keys_mutex_;  // guards the three
    Key current_, previous_;
    util::SteadyTime made_at_;
};

}  // namespace postbell::net
