// SPDX-License-Identifier: Apache-2.0
// Runs the tasks of one managed backend: step by step through its plugin and the HTTP client.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/work_scope.h"
#include "log/log.h"
#include "managed/backend_authorizer.h"
#include "managed/claim_gate.h"
#include "managed/http_client.h"
#include "managed/shared_fetches.h"
#include "managed/task.h"
#include "plugin/backend_plugin.h"

namespace postbell::managed {

struct TaskStep;

/// Confined to the loop's thread. The references must outlive it, and the client must have been
/// stopped before it is destroyed.
class TaskRunner {
  public:
    using Done = std::function<void(TaskResult)>;
    /// Called for every task that ended, for metrics.
    using Observer = std::function<void(TaskKind kind, TaskResult::Kind result)>;

    /// `claims`: shared by the runners of one host.
    TaskRunner(plugin::BackendPlugin& plugin, HttpClient& http, engine::Loop& loop, log::Log& log,
               Observer observer = {},
               std::shared_ptr<ClaimRoom> claims = std::make_shared<ClaimRoom>());
    /// Gives up tasks under way, without a callback.
    ~TaskRunner();
    TaskRunner(const TaskRunner&) = delete;
    TaskRunner& operator=(const TaskRunner&) = delete;

    /// `done` is called once, never from inside run(), and not at all if run() throws; it may not
    /// destroy the runner. A device waits for a claim: one that needs
    /// the network ends soon, and at once where another has just waited in vain.
    void run(Task task, Done done);
    /// The instance gets no authorization, by its last request for one.
    bool lacksAuthorization() const { return authorizer_.failing(); }

  private:
    struct Running;

    /// Work of a task: its exception ends the task, and not the loop.
    template <class Work>
    void guarded(std::uint64_t id, Work work);
    void failed(std::uint64_t id, const char* why);
    void begin(std::uint64_t id);
    void advance(std::uint64_t id, const HttpAnswer* answer);
    void endless(std::uint64_t id, TaskKind kind);
    void sendStep(std::uint64_t id, TaskStep step);
    /// False: the claim has ended, since it may not wait.
    bool mayWait(std::uint64_t id);
    void sendWithAuthorization(std::uint64_t id);
    void send(std::uint64_t id);
    void refusedAuthorization(std::uint64_t id, const std::string& why);
    void finish(std::uint64_t id, TaskResult result);

    plugin::BackendPlugin& plugin_;
    HttpClient& http_;
    engine::Loop& loop_;
    log::Log& log_;
    BackendAuthorizer authorizer_;
    SharedFetches claim_fetches_;
    ClaimGate claim_gate_;
    const Observer observer_;
    std::map<std::uint64_t, std::unique_ptr<Running>> running_;
    std::uint64_t last_id_ = 0;
    engine::WorkScope work_;
};

}  // namespace postbell::managed
