// SPDX-License-Identifier: Apache-2.0
#include "plugin/complaints.h"

#include <array>

namespace postbell::plugin {

void Complaints::say(std::string_view kind, const std::string& breach) {
    const auto suppressed = gate_.admit(kind, {}, clock_.steady());
    if (!suppressed) return;
    const std::array<log::Field, 3> fields{log::Field("plugin", plugin_),
                                           log::Field("reason", breach),
                                           log::Field("suppressed", *suppressed)};
    log_.write(log::Level::Error, "a plugin breaks the contract", fields.data(),
               *suppressed == 0 ? 2 : 3);
}

}  // namespace postbell::plugin
