// SPDX-License-Identifier: Apache-2.0
#include "log/repeat_gate.h"

#include <utility>

#include "log/seldom.h"

namespace postbell::log {

bool RepeatGate::Kind::admits(std::string_view sentence, util::SteadyTime now) {
    std::erase_if(admitted_at,
                  [&](const auto& entry) { return now - entry.second >= kRepeatPause; });
    if (admitted_at.size() >= kMaxSentences) return false;
    return admitted_at.emplace(sentence, now).second;
}

std::optional<std::size_t> RepeatGate::admit(std::string_view kind, std::string_view sentence,
                                             util::SteadyTime now) {
    const std::lock_guard lock(kinds_mutex_);
    auto found = kinds_.find(kind);
    if (found == kinds_.end()) found = kinds_.emplace(kind, Kind()).first;
    if (!found->second.admits(sentence, now)) {
        ++found->second.suppressed;
        return std::nullopt;
    }
    return std::exchange(found->second.suppressed, 0);
}

}  // namespace postbell::log
