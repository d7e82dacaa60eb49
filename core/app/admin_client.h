// SPDX-License-Identifier: Apache-2.0
// A command's call of the admin service: in process when no gateway holds the store, through the
// admin socket of the one that does otherwise.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <string>

#include "config/config.h"

namespace postbell::app {

/// Throws web::Problem with the service's sentence, or std::runtime_error if neither way can be
/// gone.
nlohmann::json callAdmin(const config::Config& config, const std::string& call,
                         const nlohmann::json& arguments);

/// The answer of the running gateway to /readyz.
struct GatewayReadiness {
    bool ready = false;
    std::string text;  ///< "ready", or a sentence on the part that is not
};
/// Throws std::runtime_error with the reason if it does not answer.
GatewayReadiness askReadiness(const config::Config& config);

}  // namespace postbell::app
