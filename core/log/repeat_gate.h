// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "util/time.h"

namespace postbell::log {

/// Keeps lines that remote parties can cause at will from filling the log. Each sentence is
/// admitted once a minute. Each kind of line has a room of its own, so that a flood of one kind
/// hides no line of another. Thread-safe.
class RepeatGate {
  public:
    /// Different sentences of one kind that are admitted within a minute.
    static constexpr std::size_t kMaxSentences = 16;

    /// Nothing: the line is not to be written. Else the number of lines of its kind that were
    /// suppressed since the last one that was admitted. `kind` is a literal, so that kinds are few.
    std::optional<std::size_t> admit(std::string_view kind, std::string_view sentence,
                                     util::SteadyTime now);

  private:
    struct Kind {
        std::map<std::string, util::SteadyTime, std::less<>> admitted_at;
        std::size_t suppressed = 0;

        bool admits(std::string_view sentence, util::SteadyTime now);
    };

    std::mutex kinds_mutex_;
    std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace postbell::log
