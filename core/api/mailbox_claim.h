// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

#include "api/parts.h"

namespace postbell::api {

/// A mailbox that a grant of the device proved to be its user's.
struct ClaimedMailbox {
    std::string instance;
    std::string mailbox;  ///< the backend's own word for it
};

/// Reads `grants` of a registering device's body. With a grant the gateway subscribes itself, to
/// the mailbox that the grant proves to be the user's; no other way leads from a device to a
/// mailbox. May wait for the backend's mail server.
std::optional<ClaimedMailbox> claimMailbox(const Parts& parts, const nlohmann::json& body);

}  // namespace postbell::api
