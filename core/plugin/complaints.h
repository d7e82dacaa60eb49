// SPDX-License-Identifier: Apache-2.0
// Breaches of the contract by plugins, in a log that they do not fill.
#pragma once
#include <string>
#include <string_view>

#include "log/log.h"
#include "log/repeat_gate.h"
#include "util/clock.h"

namespace postbell::plugin {

/// Names one plugin instance's breaches of the contract, each kind at most once a minute and with
/// the number of those that were suppressed meanwhile. Thread-safe.
class Complaints {
  public:
    /// `plugin`: "provider apns". The references must outlive this.
    Complaints(std::string plugin, log::Log& log, const util::Clock& clock)
        : plugin_(std::move(plugin)), log_(log), clock_(clock) {}

    /// `kind`: a literal, such as the function's name.
    void say(std::string_view kind, const std::string& breach);
    /// The same for a plugin's own word that it cannot do its work now, which is no breach.
    void mention(std::string_view kind, const std::string& word);

  private:
    void write(log::Level level, std::string_view sentence, std::string_view kind,
               const std::string& reason);

    const std::string plugin_;
    log::Log& log_;
    const util::Clock& clock_;
    log::RepeatGate gate_;
};

}  // namespace postbell::plugin
