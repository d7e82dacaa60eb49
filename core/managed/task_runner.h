// SPDX-License-Identifier: Apache-2.0
// Runs the tasks of one managed backend: step by step through its plugin and the HTTP client, with
// one authorization for all.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/loop.h"
#include "log/log.h"
#include "managed/http_client.h"
#include "plugin/backend_plugin.h"

namespace postbell::managed {

struct TaskSpec {
    std::uint32_t kind = 0;  ///< POSTBELL_TASK_*
    std::string grant, mailbox, subscription, callback_url, proof;
};

struct TaskResult {
    enum class Kind { Done, Retry, Gone, Refused };
    Kind kind = Kind::Retry;
    bool of_instance = false;         ///< it would be the same for every mailbox
    std::int64_t retry_after_ms = 0;  ///< 0: not told
    std::int64_t expires_ms = 0;
    std::string mailbox, subscription;
    std::int32_t unread = -1;
    std::string problem;  ///< a sentence; with Done: advice
};

std::string_view taskName(std::uint32_t kind);
std::string_view resultName(TaskResult::Kind kind);

/// Confined to the loop's thread. The references must outlive it, and the client must have been
/// stopped before it is destroyed.
class TaskRunner {
  public:
    /// Hears of every task that ended, for metrics.
    using Observer = std::function<void(std::uint32_t kind, TaskResult::Kind result)>;

    TaskRunner(plugin::BackendPlugin& plugin, HttpClient& http, engine::Loop& loop, log::Log& log,
               Observer observer = {});
    /// What is under way is given up; no callback follows.
    ~TaskRunner();
    TaskRunner(const TaskRunner&) = delete;
    TaskRunner& operator=(const TaskRunner&) = delete;

    /// `done` is called once, never from inside run().
    void run(TaskSpec spec, std::function<void(TaskResult)> done);
    std::size_t underWay() const { return running_.size(); }

  private:
    struct Running;
    struct Authorization {
        std::string name, value;  ///< of the header
        bool none_needed = false;
        std::int64_t renew_ms = 0, expires_ms = 0;
        bool usable(std::int64_t now_ms) const {
            return none_needed || (!name.empty() && (expires_ms == 0 || now_ms < expires_ms));
        }
    };

    void begin(std::uint64_t id);
    bool open(Running& running, const postbell_task& task);
    void close(Running& running);
    void advance(std::uint64_t id, const HttpAnswer* answer);
    void sendWithAuthorization(std::uint64_t id);
    void send(std::uint64_t id);
    void finish(std::uint64_t id, TaskResult result);
    void refusedAuthorization(std::uint64_t id, const std::string& why);
    void present(Running& running) const;
    void authorize();
    void take(const postbell_authorization& given);
    void exchanged(const HttpAnswer& answer);
    void authorizationFailed(std::string problem, bool refused, std::int64_t retry_after_ms = 0);
    void serveWaiting();
    TaskResult unauthorized() const;

    plugin::BackendPlugin& plugin_;
    const postbell_managed_v0& table_;
    HttpClient& http_;
    engine::Loop& loop_;
    log::Log& log_;
    const Observer observer_;
    std::map<std::uint64_t, std::unique_ptr<Running>> running_;
    std::uint64_t last_id_ = 0;
    Authorization authorization_;
    std::uint64_t authorization_number_ = 0;
    bool exchanging_ = false;
    std::vector<std::uint64_t> waiting_;  // for an authorization
    std::uint32_t exchange_failures_ = 0;
    bool authorization_refused_ = false;
    std::int64_t retry_authorization_ms_ = 0;  // wall clock; 0: now
    std::string authorization_problem_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // what the loop still holds asks it
};

}  // namespace postbell::managed
