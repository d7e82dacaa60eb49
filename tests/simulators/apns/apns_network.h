// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "network.h"
#include "options.h"
#include "registry.h"

namespace apns_simulator {

/// Apple's push service. Thread-safe.
class ApnsNetwork final : public http2_simulator::Network {
  public:
    ApnsNetwork(const http2_simulator::Options& options, http2_simulator::SimulatedClock& clock);

    bool asksForCertificate() const override { return true; }
    std::unique_ptr<http2_simulator::Judge> meet(X509* certificate,
                                                 std::uint64_t connection) override;
    std::pair<std::string_view, std::string_view> answerHeader(
        const std::string& id) const override {
        return {"apns-id", id};
    }
    std::string bodyOf(const http2_simulator::Verdict& verdict,
                       const std::string& id) const override;
    std::string bodyOf(const http2_simulator::FaultAction& fault) const override;
    nlohmann::json control(const std::string& call, const nlohmann::json& body) override;
    void describe(nlohmann::json& state) const override;
    void reset() override { registry_.reset(); }

  private:
    nlohmann::json addKey(const nlohmann::json& body);
    nlohmann::json describeKeys() const;
    nlohmann::json setDevices(const nlohmann::json& body);
    nlohmann::json setPolicy(const nlohmann::json& body);

    const std::string environment_;
    http2_simulator::SimulatedClock& clock_;
    Registry registry_;
};

}  // namespace apns_simulator
