// SPDX-License-Identifier: Apache-2.0
// What differs between the push networks that are simulated.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "fault.h"
#include "request.h"
#include "simulated_clock.h"
#include "verdict.h"

namespace http2_simulator {

/// Judges the requests of one connection, and remembers who speaks there. Confined to its thread.
class Judge {
  public:
    virtual ~Judge() = default;
    /// Writes the id of the answer to `id`, whose memory is reused.
    virtual Verdict judge(const Request& request, const Moment& now, std::string& id) = 0;
    /// Who spoke last, for the record; null before the first.
    virtual const std::shared_ptr<const std::string>& credential() const = 0;
    /// One stream is all that is allowed until the client has shown who it is.
    virtual bool waitsForToken() const { return false; }
};

/// Thread-safe.
class Network {
  public:
    virtual ~Network() = default;
    /// Of a client certificate in the TLS handshake.
    virtual bool asksForCertificate() const { return false; }
    /// `certificate` is null where the client showed none.
    virtual std::unique_ptr<Judge> meet(X509* certificate, std::uint64_t connection) = 0;
    /// The header that every answer has.
    virtual std::pair<std::string_view, std::string_view> answerHeader(
        const std::string& id) const = 0;
    virtual std::string bodyOf(const Verdict& verdict, const std::string& id) const = 0;
    virtual std::string bodyOf(const FaultAction& fault) const = 0;

    /// The control API's calls of this network alone; null for an unknown one. Throws BadInput.
    virtual nlohmann::json control(const std::string& call, const nlohmann::json& body) = 0;
    /// Adds to GET /state.
    virtual void describe(nlohmann::json& state) const = 0;
    /// Forgets what was told through control().
    virtual void reset() = 0;
};

}  // namespace http2_simulator
