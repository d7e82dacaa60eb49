// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "util/time.h"

namespace postbell::plugin {

/// Lets a sentence of a plugin through once a minute, since a remote party may cause it at will. Of
/// more sentences than it remembers, the rest waits for the next minute. Thread-safe.
class RepeatGate {
  public:
    /// Sentences that are told apart.
    static constexpr std::size_t kMaxSentences = 64;

    /// Whether the sentence is to be told now.
    bool admits(std::string_view sentence, util::SteadyTime now);

  private:
    std::mutex told_mutex_;
    std::map<std::string, util::SteadyTime, std::less<>> told_;
};

}  // namespace postbell::plugin
