// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "plugin/plugin_instance.h"
#include "util/real_time.h"

namespace postbell::plugin {

/// While it lives, the thread is in a function of the plugin, on a loop that others wait for: a
/// crash is reported as the plugin's, and a call that takes long is counted and named in the log.
class TimedCall {
  public:
    /// From here on a call is slow: the loop does nothing else meanwhile.
    static constexpr util::Milliseconds kSlow{500};

    /// `function`: a literal. `took`, if given, gets the call's duration.
    TimedCall(const PluginInstance& plugin, const char* function,
              util::RealTime::duration* took = nullptr)
        : plugin_(plugin),
          function_(function),
          took_(took),
          blame_(plugin.calling(function)),
          // Real time: the loop's loss, whatever the clock's speed.
          begun_(util::realNow()) {}
    ~TimedCall() {
        const auto took = util::realNow() - begun_;
        if (took_ != nullptr) *took_ = took;
        if (took >= kSlow) plugin_.noteSlow(function_, took);
    }
    TimedCall(const TimedCall&) = delete;
    TimedCall& operator=(const TimedCall&) = delete;

  private:
    const PluginInstance& plugin_;
    const char* const function_;
    util::RealTime::duration* const took_;
    const InPlugin blame_;
    const util::RealTime begun_;
};

}  // namespace postbell::plugin
