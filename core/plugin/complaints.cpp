// SPDX-License-Identifier: Apache-2.0
#include "plugin/complaints.h"

namespace postbell::plugin {

void Complaints::say(std::string_view kind, const std::string& breach) {
    if (gate_.admits(kind, clock_.steady()))
        log_.error("a plugin breaks the contract", {{"plugin", plugin_}, {"reason", breach}});
}

}  // namespace postbell::plugin
