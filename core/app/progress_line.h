// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace postbell::app {

/// How far a command is, in one line of the terminal; nothing if standard error is none.
class ProgressLine {
  public:
    ProgressLine();
    /// Takes the line away.
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `total` 0: unknown.
    void show(std::int64_t done, std::int64_t total);

  private:
    const bool terminal_;
    bool shown_ = false;
};

}  // namespace postbell::app
