// SPDX-License-Identifier: Apache-2.0
// Unread counts for pushes: one request for all pushes of a mailbox.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "managed/instance_hold.h"
#include "managed/task_runner.h"
#include "store/mailboxes.h"
#include "util/real_time.h"

namespace postbell::managed {

/// Called once with the count, or store::kUnknownCount.
using CountDone = std::function<void(std::int32_t)>;

/// Confined to the runner's thread.
class MailboxCounts {
  public:
    MailboxCounts(TaskRunner& runner, InstanceHold& hold, store::Mailboxes& store,
                  engine::Loop& loop);

    /// Gives a count that was read no earlier than `since`, or unknown after `patience`, which is
    /// real time.
    void ask(store::Id id, util::RealTime since, util::Milliseconds patience, CountDone done);
    /// Drops counts that are too old to serve a push.
    void tidy();

  private:
    struct Waiter {
        util::RealTime since;
        CountDone done;
        engine::Timer patience;
    };
    struct Mailbox {
        std::map<std::uint64_t, Waiter> waiters;
        bool reading = false;
        util::RealTime begun;  ///< of the reading under way, or of the last one
        util::RealTime ended;
        std::int32_t count = store::kUnknownCount;
    };

    void read(store::Id id, Mailbox& mailbox);
    void ended(store::Id id, const TaskResult& result);
    void serve(Mailbox& mailbox, bool failed);

    TaskRunner& runner_;
    InstanceHold& hold_;
    store::Mailboxes& store_;
    engine::Loop& loop_;
    std::map<store::Id, Mailbox> mailboxes_;
    std::uint64_t last_waiter_ = 0;
};

}  // namespace postbell::managed
