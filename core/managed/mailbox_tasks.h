// SPDX-License-Identifier: Apache-2.0
// Keeps the subscriptions of one instance's mailboxes: due mailboxes are read from the store,
// worked on, and written back, so that a restart goes on from there.
#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "log/log.h"
#include "log/repeat_gate.h"
#include "managed/failure_pauses.h"
#include "managed/instance_hold.h"
#include "managed/schedule.h"
#include "managed/task_runner.h"
#include "store/mailboxes.h"
#include "util/clock.h"

namespace postbell::managed {

/// Confined to the runner's thread, which may block on the store.
class MailboxTasks {
  public:
    /// `callback_base`: a subscription's callback is this and its token. `gone` is told of
    /// mailboxes that have no tasks any more.
    MailboxTasks(std::string instance, std::string callback_base, TaskRunner& runner,
                 InstanceHold& hold, store::Mailboxes& store, const util::Clock& clock,
                 log::Log& log, std::function<void(store::Id)> gone);

    /// Begins the tasks of mailboxes that are due, a few at a time, unless the instance is held.
    void look();

  private:
    /// At the start, and after the wall clock was set back: see
    /// store::Mailboxes::wakeMisdatedMailboxes().
    void watchWallClock();
    /// Due mailboxes that wait for the instance fail with it, or their apps would never hear of it.
    /// Once it has gone on for a while, those that wait still fail no longer.
    void failWaiting();
    void begin(const store::ManagedMailbox& mailbox);
    void subscribe(const store::ManagedMailbox& mailbox);
    void run(const store::ManagedMailbox& mailbox, Task task);
    void finished(store::ManagedMailbox mailbox, TaskKind kind, const TaskResult& result);
    void succeeded(store::ManagedMailbox& mailbox, TaskKind kind, const TaskResult& result);
    void failed(store::ManagedMailbox& mailbox, TaskKind kind, const TaskResult& result);
    /// The failure is the mailbox's own. `is_known`: its last one had the same problem.
    void failedAlone(store::ManagedMailbox& mailbox, TaskKind kind, const TaskResult& result,
                     bool is_known);
    void forget(store::ManagedMailbox& mailbox);
    /// A line on one mailbox. A mail server can cause one for each of thousands: those of one
    /// sentence and reason are one a minute, and say how many were left out.
    void say(log::Level level, std::string_view sentence, const store::ManagedMailbox& mailbox,
             std::string_view reason, std::initializer_list<log::Field> more = {});
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

    const std::string instance_;
    const std::string callback_base_;
    TaskRunner& runner_;
    InstanceHold& hold_;
    store::Mailboxes& store_;
    const util::Clock& clock_;
    log::Log& log_;
    log::RepeatGate lines_;
    const std::function<void(store::Id)> gone_;
    std::set<store::Id> busy_;
    /// The wall clock's lead over the steady clock, at its largest; not set: never looked at.
    std::optional<util::Milliseconds> wall_lead_;
    util::SteadyTime fail_waiting_at_;
    util::SteadyTime clear_failures_at_;  // SteadyTime::max(): there are none
    FailurePauses pauses_;
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace postbell::managed
