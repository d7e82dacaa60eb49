// SPDX-License-Identifier: Apache-2.0
// Reads unread counts for pushes, one request for all who ask about the same mailbox.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "managed/mailbox_tasks.h"
#include "managed/task_runner.h"
#include "store/store.h"

namespace postbell::managed {

/// Called once with the count, or store::kUnknownCount.
using CountDone = std::function<void(std::int32_t)>;

/// Confined to the runner's thread.
class MailboxCounts {
  public:
    MailboxCounts(TaskRunner& runner, MailboxTasks& tasks, store::Store& store, engine::Loop& loop);

    /// A count read no earlier than `since_us` (of steadyUs()), or unknown after `patience`, which
    /// is real time.
    void ask(store::Id mailbox, std::int64_t since_us, util::Milliseconds patience, CountDone done);
    /// Drops counts that are too old to serve anybody.
    void tidy();

    /// The machine's steady clock: it is compared with the time of a commit, whatever the speed of
    /// the gateway's clock.
    static std::int64_t steadyUs();

  private:
    struct Waiter {
        std::int64_t since_us = 0;
        CountDone done;
        engine::Timer patience;
    };
    struct Mailbox {
        std::map<std::uint64_t, Waiter> waiters;
        bool reading = false;
        std::int64_t begun_us = 0;  ///< of the reading under way, or of the last one
        std::int64_t ended_us = 0;
        std::int32_t count = store::kUnknownCount;
    };

    void read(store::Id id, Mailbox& mailbox);
    void ended(store::Id id, const TaskResult& result);
    void serve(Mailbox& mailbox, bool failed);

    TaskRunner& runner_;
    MailboxTasks& tasks_;
    store::Store& store_;
    engine::Loop& loop_;
    std::map<store::Id, Mailbox> mailboxes_;
    std::uint64_t last_waiter_ = 0;
};

}  // namespace postbell::managed
