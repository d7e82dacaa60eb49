// SPDX-License-Identifier: Apache-2.0
// Lets a backend refresh its own knowledge (signing keys): at the start, daily, and on its request.
#pragma once
#include "log/log.h"
#include "managed/task_runner.h"
#include "plugin/backend_plugin.h"
#include "util/clock.h"

namespace postbell::managed {

/// Confined to the runner's thread. The references must outlive it.
class Refresh {
  public:
    Refresh(plugin::BackendPlugin& plugin, TaskRunner& runner, const util::Clock& clock,
            log::Log& log)
        : plugin_(plugin), runner_(runner), clock_(clock), log_(log) {}

    /// Begins a refresh if one is due.
    void look();

  private:
    void ended(const TaskResult& result);

    plugin::BackendPlugin& plugin_;
    TaskRunner& runner_;
    const util::Clock& clock_;
    log::Log& log_;
    bool under_way_ = false;
    util::SteadyTime begun_;  // of the last refresh
    util::SteadyTime due_;    // not set: at once
};

}  // namespace postbell::managed
