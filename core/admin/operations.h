// SPDX-License-Identifier: Apache-2.0
// The calls that take long: each runs beside the admin listener, and is polled.
#pragma once
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "admin/command.h"
#include "admin/operation.h"
#include "log/log.h"
#include "util/clock.h"
#include "util/real_time.h"

namespace postbell::admin {

/// `operation list` and `show`. Each operation has a thread of its own, so that none waits for
/// another. Thread-safe.
class Operations {
  public:
    static constexpr std::size_t kMaxRunning = 64;

    /// The references outlive this.
    Operations(const util::Clock& clock, log::Log& log);
    /// Stops and waits.
    ~Operations();
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    void addTo(CommandTable& table);
    /// Gives the operation as show() does. `call`: "push/test". Throws a Problem: too many run, or
    /// the gateway stops.
    Json begin(const std::string& call, Work work);
    /// Tells all work to end, and begins no more.
    void requestStop();
    /// Waits until all work has ended, after requestStop().
    void awaitEnd();

  private:
    struct Record;
    using Records = std::map<std::string, std::unique_ptr<Record>>;

    Json show(const Json& arguments);
    Json list();
    void requireRoom();
    void run(Record& record, const Work& work) noexcept;
    void forgetOld();

    const util::Clock& clock_;
    log::Log& log_;
    std::stop_source stop_;
    std::mutex records_mutex_;  // guards all below
    Records records_;           // by id
    std::condition_variable ended_;
};

}  // namespace postbell::admin
