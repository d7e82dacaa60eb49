// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "log/log.h"
#include "managed/failure_pauses.h"
#include "store/records/records.h"
#include "util/clock.h"

namespace postbell::managed {

/// Holds the tasks of all mailboxes of an instance while its mail server wants none, or refuses the
/// gateway's credential. After that one mailbox at a time is tried, until a mailbox has a result of
/// its own. Subscriptions and counts have a hold each: mail servers limit them apart. Confined to
/// one thread; the references must outlive it.
class InstanceHold {
  public:
    /// `tasks`: the held ones, for the log.
    InstanceHold(std::string instance, std::string tasks, const util::Clock& clock, log::Log& log);

    /// No task is to begin.
    bool held() const { return clock_.steady() < until_; }
    /// How long held() stays true; zero: it is false.
    util::Milliseconds left() const;
    /// One mailbox at a time is tried.
    bool isTrying() const { return failures_ > 0; }
    /// Of the last failure that the instance was held for, as a sentence.
    const std::string& reason() const { return reason_; }

    /// Holds for so long.
    void hold(util::Milliseconds length);
    /// A task of the mailbox failed, by the plugin's word for the whole instance, which is held.
    /// False: the failure is the mailbox's own, since other mailboxes succeeded between two
    /// failures for which this one blamed the instance.
    bool blamed(store::Id mailbox, const TaskResult& result);
    void succeeded(store::Id mailbox);
    /// A task had a result of its mailbox's own, good or bad.
    void goOn();
    /// The mailbox is gone.
    void forget(store::Id mailbox) { accusers_.erase(mailbox); }

  private:
    util::Milliseconds pauseAfter(const TaskResult& result);
    /// Several mailboxes have blamed the instance since one succeeded.
    bool isBlamedBySeveral() const;

    const std::string instance_;
    const std::string tasks_;
    const util::Clock& clock_;
    log::Log& log_;
    util::SteadyTime until_;
    std::uint32_t failures_ = 0;  // in a row, each for several mailboxes
    std::string reason_;
    std::uint64_t successes_ = 0;
    /// Of mailboxes that blamed the instance last: successes_ at the first such failure.
    std::map<store::Id, std::uint64_t> accusers_;
    FailurePauses pauses_;
};

}  // namespace postbell::managed
