// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <mutex>
#include <string>

#include "app/expiry_notices.h"
#include "config/config.h"
#include "log/log.h"
#include "net/server_certificate.h"
#include "util/time.h"

namespace postbell::app {

/// The certificate of a listener that speaks TLS, as its clients will judge it. Throws
/// std::runtime_error with a sentence if the listener cannot use its files.
net::ServerCertificate certificateOf(const config::ListenerConfig& listener,
                                     const config::EgressConfig& egress, util::WallTime now);

/// Looks at the gateway's own certificates: what clients refuse is said at the start and after each
/// renewal, and their ends are announced as those of credentials are. Thread-safe.
class ListenerCertificates {
  public:
    /// `config` and `log` must outlive it.
    ListenerCertificates(const config::Config& config, log::Log& log)
        : config_(config), log_(log) {}

    /// Reads all files. Says what is new since the last look.
    void look(util::WallTime now);
    /// By listener, as of the last look; not set: it speaks plain HTTP.
    std::map<std::string, util::WallTime> expiries() const;

  private:
    void lookAt(const config::ListenerConfig& listener, util::WallTime now);
    void announceEnd(const config::ListenerConfig& listener, util::Milliseconds left);

    const config::Config& config_;
    log::Log& log_;
    mutable std::mutex mutex_;
    std::map<std::string, util::WallTime> expiries_;
    /// The sentences that were logged last, by listener.
    std::map<std::string, std::string> said_;
    ExpiryNotices notices_;
};

}  // namespace postbell::app
