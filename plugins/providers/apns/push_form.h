// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "postbell/provider.hpp"

namespace postbell::apns {

/// How a push appears on the device; headers and payload follow from it.
struct PushForm {
    bool background = false;  ///< push type background, else alert
    bool at_once = false;     ///< priority 10, else 5
    bool badge = false;       ///< carries the count
    bool wakes_app = false;   ///< content-available
    bool announces = false;   ///< the alert text, and mutable-content for the app's extension
    bool sound = false;
    bool passive = false;  ///< interruption level: into the list, without lighting the screen
};

/// Decides by kind, style, urgency and whether the badge is known. An unknown kind counts as a
/// changed count, an unknown style as the badge style.
PushForm formOf(const Push& push);

}  // namespace postbell::apns
