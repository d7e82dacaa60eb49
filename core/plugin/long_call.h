// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "util/time.h"

namespace postbell::plugin {

/// A call of the start or the end of a plugin, which nothing else watches: if it lasts longer than
/// `patience`, `overdue` is called once, on a thread of its own.
class LongCall {
  public:
    LongCall(util::Milliseconds patience, std::function<void()> overdue);
    ~LongCall();
    LongCall(const LongCall&) = delete;
    LongCall& operator=(const LongCall&) = delete;

  private:
    void watch();

    const util::Milliseconds patience_;
    const std::function<void()> overdue_;
    std::mutex end_mutex_;
    std::condition_variable end_;
    bool ended_ = false;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace postbell::plugin
