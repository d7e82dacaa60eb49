// SPDX-License-Identifier: Apache-2.0
#include "plugin/complaints.h"

namespace postbell::plugin {
namespace {

constexpr util::Milliseconds kPause{60'000};

}  // namespace

void Complaints::say(std::string_view kind, const std::string& breach) {
    const util::SteadyTime now = clock_.steady();
    {
        const std::lock_guard lock(mutex_);
        const auto [last, first] = said_.try_emplace(kind, now);
        if (!first && now - last->second < kPause) return;
        last->second = now;
    }
    log_.error("a plugin breaks the contract", {{"plugin", plugin_}, {"reason", breach}});
}

}  // namespace postbell::plugin
