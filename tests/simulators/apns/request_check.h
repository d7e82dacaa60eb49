// SPDX-License-Identifier: Apache-2.0
// Apple's judgement of one request.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client_certificate.h"
#include "registry.h"
#include "request.h"
#include "simulated_clock.h"
#include "verdict.h"

namespace apns_simulator {

using http2_simulator::Header;
using http2_simulator::Moment;
using http2_simulator::Request;
using http2_simulator::Verdict;

/// Who speaks on a connection, and what was already verified of it. Confined to the connection.
class ConnectionCredential {
  public:
    explicit ConnectionCredential(std::optional<ClientCertificate> certificate);

    /// Empty when the credential is good, else status and reason are in it.
    std::optional<Verdict> check(const Request& request, Registry& registry,
                                 const std::string& environment, double simulated_unix);
    /// Why the topic may not be pushed to; null when it may.
    const char* refuseTopic(std::string_view topic) const;
    std::string_view defaultTopic() const;

    bool hasCertificate() const { return certificate_.has_value(); }
    /// Whether check() has ever been content.
    bool authenticated() const { return authenticated_; }
    /// kid or certificate subject, for the record; null before the first.
    const std::shared_ptr<const std::string>& name() const { return name_; }

  private:
    std::optional<Verdict> checkToken(const Request& request, Registry& registry,
                                      const std::string& environment, double simulated_unix);
    std::optional<Verdict> checkCertificate(const Registry& registry,
                                            const std::string& environment) const;

    std::optional<ClientCertificate> certificate_;
    std::shared_ptr<const std::string> name_;
    std::shared_ptr<const SigningKey> key_;
    std::string verified_authorization_;
    std::int64_t verified_issued_at_ = 0;
    std::uint64_t verified_generation_ = 0;
    std::string team_;
    bool authenticated_ = false;
};

/// The part of the path after /3/device/; nullopt when the path is another.
std::optional<std::string_view> deviceToken(const Request& request);

Verdict checkRequest(const Request& request, ConnectionCredential& credential, Registry& registry,
                     const std::string& environment, const Moment& now);

}  // namespace apns_simulator
