// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "control_server.h"
#include "fault.h"
#include "ledger.h"
#include "network.h"
#include "options.h"
#include "server.h"
#include "simulated_clock.h"

namespace http2_simulator {

/// What tests tell the simulator and ask it; README.md describes each call. Thread-safe.
class ControlApi {
  public:
    ControlApi(const Options& options, std::string ca_file, SimulatedClock& clock, Network& network,
               Ledger& ledger, FaultBook& faults, Server& server);

    ControlAnswer handle(const ControlRequest& request);

  private:
    nlohmann::json dispatch(const ControlRequest& request, const nlohmann::json& body);
    nlohmann::json state() const;
    nlohmann::json setClock(const nlohmann::json& body);
    nlohmann::json addFaults(const nlohmann::json& body);
    nlohmann::json clearFaults();
    nlohmann::json pushes(const ControlRequest& request) const;
    nlohmann::json wait(const ControlRequest& request);
    nlohmann::json reset(const nlohmann::json& body);

    const Options& options_;
    const std::string ca_file_;
    SimulatedClock& clock_;
    Network& network_;
    Ledger& ledger_;
    FaultBook& faults_;
    Server& server_;
};

}  // namespace http2_simulator
