// SPDX-License-Identifier: Apache-2.0
// A number that marks the lines of one event in the log, from the notification to the outcome. In
// memory only: never in the database, never on the wire.
#pragma once
#include <atomic>
#include <cstdint>
#include <string>

namespace postbell::util {

using Trace = std::uint64_t;  ///< 0: none

/// 16 hex digits, for logs and commands.
std::string traceText(Trace trace);

/// Makes traces that do not repeat; begins at a random number, so that two runs differ too.
/// Thread-safe.
class TraceSource {
  public:
    TraceSource();
    Trace next();

  private:
    const std::uint64_t start_;
    std::atomic<std::uint64_t> made_{0};
};

}  // namespace postbell::util
