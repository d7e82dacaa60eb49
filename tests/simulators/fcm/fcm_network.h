// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "network.h"
#include "options.h"
#include "registry.h"

namespace fcm_simulator {

/// Google's FCM with its token endpoint, on one port. Thread-safe.
class FcmNetwork final : public http2_simulator::Network {
  public:
    std::unique_ptr<http2_simulator::Judge> meet(X509* certificate,
                                                 std::uint64_t connection) override;
    std::pair<std::string_view, std::string_view> answerHeader(const std::string&) const override {
        return {"content-type", "application/json; charset=UTF-8"};
    }
    std::string bodyOf(const http2_simulator::Verdict& verdict,
                       const std::string& id) const override;
    std::string bodyOf(const http2_simulator::FaultAction& fault) const override;
    nlohmann::json control(const std::string& call, const nlohmann::json& body) override;
    void describe(nlohmann::json& state) const override;
    void reset() override { registry_.reset(); }

  private:
    nlohmann::json addAccount(const nlohmann::json& body);
    nlohmann::json setProject(const nlohmann::json& body);
    nlohmann::json setDevices(const nlohmann::json& body);
    nlohmann::json setPolicy(const nlohmann::json& body);

    Registry registry_;
};

}  // namespace fcm_simulator
