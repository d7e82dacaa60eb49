// SPDX-License-Identifier: Apache-2.0
#include "plugin/repeat_gate.h"

#include <chrono>

namespace postbell::plugin {
namespace {

constexpr util::Milliseconds kPause = std::chrono::minutes(1);

}  // namespace

bool RepeatGate::admits(std::string_view sentence, util::SteadyTime now) {
    const std::lock_guard lock(told_mutex_);
    if (const auto found = told_.find(sentence); found != told_.end()) {
        if (now - found->second < kPause) return false;
        found->second = now;
        return true;
    }
    if (told_.size() >= kMaxSentences)
        std::erase_if(told_, [&](const auto& entry) { return now - entry.second >= kPause; });
    if (told_.size() >= kMaxSentences) return false;
    told_.emplace(sentence, now);
    return true;
}

}  // namespace postbell::plugin
