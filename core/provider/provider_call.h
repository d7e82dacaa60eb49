// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "plugin/in_plugin.h"
#include "plugin/provider_plugin.h"
#include "util/real_time.h"

namespace postbell::provider {

/// While it lives, the thread is in a function of the plugin: a crash is reported as the
/// plugin's, and a call that takes long is named in the log. Nothing in a provider may block, since
/// most of its calls are made on the loop of all pushes.
class ProviderCall {
  public:
    /// `function`: a literal.
    ProviderCall(const plugin::ProviderPlugin& plugin, const char* function)
        : plugin_(plugin),
          function_(function),
          blame_(plugin.calling(function)),
          // Real time: what the loop loses, whatever the clock's speed.
          begun_(util::realNow()) {}
    ~ProviderCall() {
        const auto took = util::realNow() - begun_;
        if (took >= kMax) tell(took);
    }
    ProviderCall(const ProviderCall&) = delete;
    ProviderCall& operator=(const ProviderCall&) = delete;

  private:
    static constexpr std::chrono::milliseconds kMax{500};
    void tell(util::RealTime::duration took) const noexcept;

    const plugin::ProviderPlugin& plugin_;
    const char* const function_;
    const plugin::InPlugin blame_;
    const util::RealTime begun_;
};

}  // namespace postbell::provider
