// SPDX-License-Identifier: Apache-2.0
// The last line of a process that a plugin ends.
#pragma once
#include "log/log.h"

namespace postbell::plugin {

/// From now on the process says on standard error and in the log's file which plugin crashed it
/// (SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL), and then ends as it would have: the plugin of the
/// call that the thread is in, else the one whose code the thread was in. May be called again with
/// other settings, by one thread. The lines that `log` keeps are written first; it must outlive the
/// calls that follow, up to the one with none.
void tellCrashes(const log::Settings& settings, const log::Log* log = nullptr);

/// While an object lives, exit() is not the gateway's: the process says which plugin called it, in
/// the same places, and ends with kUnexpectedExitCode, so that it is started again.
class ExitWatch {
  public:
    static constexpr int kUnexpectedExitCode = 4;

    ExitWatch();
    ~ExitWatch();
    ExitWatch(const ExitWatch&) = delete;
    ExitWatch& operator=(const ExitWatch&) = delete;
};

}  // namespace postbell::plugin
