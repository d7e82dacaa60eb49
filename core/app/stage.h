// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>

namespace postbell::app {

/// The part that the process is in, for the sentence on a part that hangs. Thread-safe.
class Stage {
  public:
    explicit Stage(const char* first) : now_(first) {}
    /// `now`: a literal.
    void set(const char* now) { now_.store(now, std::memory_order_relaxed); }
    const char* now() const { return now_.load(std::memory_order_relaxed); }

  private:
    std::atomic<const char*> now_;
};

}  // namespace postbell::app
