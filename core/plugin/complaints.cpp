// SPDX-License-Identifier: Apache-2.0
#include "plugin/complaints.h"

#include <array>

namespace postbell::plugin {

void Complaints::say(std::string_view kind, const std::string& breach) {
    write(log::Level::Error, "a plugin breaks the contract", kind, breach);
}

void Complaints::mention(std::string_view kind, const std::string& word) {
    write(log::Level::Info, "a plugin asks for patience", kind, word);
}

void Complaints::write(log::Level level, std::string_view sentence, std::string_view kind,
                       const std::string& reason) {
    const auto suppressed = gate_.admit(kind, {}, clock_.steady());
    if (!suppressed) return;
    const std::array<log::Field, 3> fields{log::Field("plugin", plugin_),
                                           log::Field("reason", reason),
                                           log::Field("suppressed", *suppressed)};
    log_.write(level, sentence, fields.data(), *suppressed == 0 ? 2 : 3);
}

}  // namespace postbell::plugin
