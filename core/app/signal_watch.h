// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "app/stage.h"
#include "log/log.h"
#include "util/time.h"

namespace postbell::app {

/// Takes the gateway's signals on a thread of its own. The main thread asks for them when it has
/// time; if it does not come to an end in time after one to stop, because a part of the start or of
/// the stop hangs, the process is ended from here, with a sentence that names that part.
class SignalWatch {
  public:
    static constexpr util::Milliseconds kPatience{50'000};
    static constexpr int kHungExitCode = 3;

    /// `patience`: from a signal to stop to the process's end.
    explicit SignalWatch(const Stage& stage, util::Milliseconds patience = kPatience);
    /// The process ends in order.
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    /// SIGTERM, SIGINT or SIGHUP: the next that comes, or that has come. One to stop is before all
    /// others, and any number of SIGHUP that have come are one.
    int next();

    /// While it lives, lines go to `log`, with hanging loops beside the stage.
    class Context {
      public:
        /// `hanging` gives a sentence on loops that hang, or nothing.
        Context(SignalWatch& watch, log::Log& log, std::function<std::string()> hanging = {});
        ~Context();
        Context(const Context&) = delete;
        Context& operator=(const Context&) = delete;

      private:
        SignalWatch& watch_;
        log::Log* const outer_log_;
        const std::function<std::string()> outer_hanging_;
    };

  private:
    void run();
    /// False: the process has come to its end in time.
    bool awaitHang();
    [[noreturn]] void endProcess();
    void tellHang();

    const Stage& stage_;
    const util::Milliseconds patience_;
    std::mutex signals_mutex_;  // guards all below
    std::condition_variable changed_;
    int stop_ = 0;         // the signal to stop that has come
    bool reload_ = false;  // SIGHUP has come
    log::Log* log_ = nullptr;
    std::function<std::string()> hanging_;
    bool ended_ = false;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace postbell::app
