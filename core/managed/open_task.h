// SPDX-License-Identifier: Apache-2.0
// The plugin's object for a task, and all calls of it.
#pragma once
#include <string>

#include "managed/contract.h"
#include "managed/http_client.h"
#include "managed/task.h"
#include "plugin/backend_plugin.h"

namespace postbell::managed {

/// C++ values in and out: the plugin's answers are checked here, and a breach of the contract ends
/// the task. Confined to the runner's thread.
class OpenTask {
  public:
    /// If the plugin does not know the task, or fails, the first step says so.
    OpenTask(const plugin::BackendPlugin& plugin, const Task& task);
    ~OpenTask();
    OpenTask(const OpenTask&) = delete;
    OpenTask& operator=(const OpenTask&) = delete;

    /// `answer`: to the last step's call; null in the first step.
    TaskStep step(const HttpAnswer* answer, util::WallTime now);

  private:
    /// The end of a task that the plugin did not open.
    TaskResult unopened() const;
    /// The end of a task for which the function failed: tried again.
    TaskResult failed(const std::string& function, postbell_status status,
                      const std::string& why) const;
    TaskStep checked(const postbell_step& out) const;
    std::string breach(const postbell_step& out) const;

    const plugin::BackendPlugin& plugin_;
    const postbell_managed_v0& table_;
    const TaskKind kind_;
    postbell_status open_status_ = POSTBELL_OK;
    void* opened_ = nullptr;
};

}  // namespace postbell::managed
