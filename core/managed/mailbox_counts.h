// SPDX-License-Identifier: Apache-2.0
// Unread counts for pushes: one request for all pushes of a mailbox.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "log/log.h"
#include "log/repeat_gate.h"
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
    MailboxCounts(std::string instance, TaskRunner& runner, InstanceHold& hold,
                  store::Mailboxes& store, engine::Loop& loop, log::Log& log);

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

    /// While the instance is tried, one mailbox at a time is read.
    bool mayRead() const { return !hold_.held() && (!hold_.isTrying() || readings_ == 0); }
    /// The count that a caller can have at once; nothing: it is to be read.
    std::optional<std::int32_t> countSince(const Mailbox& mailbox, util::RealTime since) const;
    void wait(store::Id id, Mailbox& mailbox, util::RealTime since, util::Milliseconds patience,
              CountDone& done);
    void read(store::Id id, Mailbox& mailbox);
    void ended(store::Id id, const TaskResult& result);
    /// The callers whose moment the last reading covers, or all if it found no count.
    void serve(Mailbox& mailbox);
    void giveUp(store::Id id, std::uint64_t waiter);
    /// Tells the log that a push goes out without a badge, once a minute at most for each reason.
    void tell(store::Id id, const std::string& why);

    const std::string instance_;
    TaskRunner& runner_;
    InstanceHold& hold_;
    store::Mailboxes& store_;
    engine::Loop& loop_;
    log::Log& log_;
    log::RepeatGate lines_;
    std::map<store::Id, Mailbox> mailboxes_;
    std::size_t readings_ = 0;  // under way
    std::uint64_t last_waiter_ = 0;
};

}  // namespace postbell::managed
