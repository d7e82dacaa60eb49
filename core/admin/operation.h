// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>

namespace postbell::admin {

/// A call that takes long, as its work sees it: there the work says how far it is, and hears that
/// it is to end. Thread-safe.
class Operation {
  public:
    struct Progress {
        std::int64_t done = 0;
        std::int64_t total = 0;  ///< 0: unknown
    };
    /// Without a token nothing ends the work.
    explicit Operation(std::stop_token stop = {}) : stop_(std::move(stop)) {}
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    void report(Progress progress) {
        total_.store(progress.total, std::memory_order_relaxed);
        done_.store(progress.done, std::memory_order_relaxed);
    }
    Progress progress() const {
        return {done_.load(std::memory_order_relaxed), total_.load(std::memory_order_relaxed)};
    }

    /// Stopped when the gateway stops: the work is to end at once.
    const std::stop_token& stop() const { return stop_; }
    /// Throws a web::Problem if the gateway stops; `rest` says what is left: "the tenant's
    /// remaining registrations".
    void requireGoingOn(const std::string& rest) const;

  private:
    const std::stop_token stop_;
    std::atomic<std::int64_t> done_{0}, total_{0};
};

}  // namespace postbell::admin
