// SPDX-License-Identifier: Apache-2.0
// Keeps the subscriptions of one instance's mailboxes: due mailboxes are read from the store,
// worked on, and written back, so that a restart goes on from there.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "log/log.h"
#include "managed/schedule.h"
#include "managed/task_runner.h"
#include "store/mailboxes.h"
#include "util/backoff.h"
#include "util/clock.h"

namespace postbell::managed {

/// Confined to the runner's thread, which may block on the store.
class MailboxTasks {
  public:
    /// `callback_base`: a subscription's callback is this and its token.
    MailboxTasks(std::string instance, std::string callback_base, TaskRunner& runner,
                 store::Mailboxes& store, const util::Clock& clock, log::Log& log);

    /// Begins the tasks of mailboxes that are due, a few at a time.
    void look();
    /// The mail server wants no task of the instance now, or refuses the gateway's credential.
    bool held() const { return clock_.steady() < hold_until_; }
    /// Begins no task for so long, five minutes at most.
    void hold(util::Milliseconds length);

  private:
    /// At the start, and after the wall clock was set back: see
    /// store::Mailboxes::wakeMisdatedMailboxes().
    void watchWallClock();
    void begin(const store::ManagedMailbox& mailbox);
    void subscribe(const store::ManagedMailbox& mailbox);
    void run(const store::ManagedMailbox& mailbox, Task task);
    void finished(store::ManagedMailbox mailbox, TaskKind kind, const TaskResult& result);
    void succeeded(store::ManagedMailbox& mailbox, TaskKind kind, const TaskResult& result);
    void failed(store::ManagedMailbox& mailbox, TaskKind kind, const TaskResult& result);
    /// Whether a failure for the whole instance is to be believed. Not if other mailboxes succeed
    /// between two of them that the same mailbox brings: then the failure is its own.
    bool isOfInstance(store::Id mailbox, const TaskResult& result);
    /// Holds the instance. After that one mailbox at a time is tried, until one has a result of its
    /// own.
    void failedForAll(store::ManagedMailbox& mailbox, const TaskResult& result);
    void forget(store::ManagedMailbox& mailbox);
    void save(const store::ManagedMailbox& mailbox, bool anew = false);
    util::Milliseconds pauseAfter(std::uint32_t failures, bool refused);
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

    const std::string instance_;
    const std::string callback_base_;
    TaskRunner& runner_;
    store::Mailboxes& store_;
    const util::Clock& clock_;
    log::Log& log_;
    std::set<store::Id> busy_;
    /// The wall clock's lead over the steady clock, at its largest; not set: never looked at.
    std::optional<util::Milliseconds> wall_lead_;
    util::SteadyTime hold_until_;
    std::uint32_t instance_failures_ = 0;  // in a row, each for several mailboxes
    std::uint64_t successes_ = 0;
    /// Of mailboxes that failed for the whole instance last: successes_ at the first such failure.
    std::map<store::Id, std::uint64_t> accusers_;
    util::Backoff retries_{std::chrono::seconds(2), std::chrono::minutes(15)};
    util::Backoff refusals_{std::chrono::minutes(5), std::chrono::hours(6)};
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace postbell::managed
