// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_tasks.h"

#include <algorithm>
#include <utility>

#include "util/crypto.h"

namespace postbell::managed {
namespace {

/// Mailboxes with a task under way. With a count's request beside it, none has more than two of
/// the four that Graph takes.
constexpr std::size_t kMaxBusy = 6;
constexpr util::Milliseconds kMinLifetime = std::chrono::seconds(10);
/// A wall clock that is set back by less does no harm.
constexpr util::Milliseconds kMinSetBack = std::chrono::minutes(1);
/// Failures in a row that may pass, before the log tells of them.
constexpr std::uint32_t kToldFailure = 5;

}  // namespace

MailboxTasks::MailboxTasks(std::string instance, std::string callback_base, TaskRunner& runner,
                           InstanceHold& hold, store::Mailboxes& store, const util::Clock& clock,
                           log::Log& log)
    : instance_(std::move(instance)),
      callback_base_(std::move(callback_base)),
      runner_(runner),
      hold_(hold),
      store_(store),
      clock_(clock),
      log_(log) {}

void MailboxTasks::watchWallClock() {
    const util::WallTime now = clock_.wall();
    const auto lead = now.time_since_epoch() - std::chrono::duration_cast<util::Milliseconds>(
                                                   clock_.steady().time_since_epoch());
    if (wall_lead_ && lead > *wall_lead_ - kMinSetBack) {
        wall_lead_ = std::max(*wall_lead_, lead);
        return;
    }
    store_.wakeMisdatedMailboxes(instance_, now);
    wall_lead_ = lead;
}

void MailboxTasks::look() {
    watchWallClock();
    const std::size_t most = hold_.isTrying() ? 1 : kMaxBusy;
    if (hold_.held() || busy_.size() >= most) return;
    // Mailboxes with a task under way are still due.
    for (const store::ManagedMailbox& mailbox :
         store_.dueMailboxes(instance_, clock_.wall(), kMaxBusy + busy_.size())) {
        if (busy_.size() >= most) return;
        if (busy_.count(mailbox.id) == 0) begin(mailbox);
    }
}

void MailboxTasks::begin(const store::ManagedMailbox& mailbox) {
    const util::WallTime now = clock_.wall();
    Task task;
    switch (nextAction(mailbox, now)) {
        case MailboxAction::Sleep: {
            store::ManagedMailbox slept = mailbox;
            slept.due_at = sleepUntil(mailbox, now);
            // No registration is left to subscribe for: an old failure means nothing any more.
            if (mailbox.live == 0) {
                slept.failed_at = {};
                slept.attempts = 0;
            }
            save(slept);
            return;
        }
        case MailboxAction::Forget:
            hold_.forget(mailbox.id);
            store_.removeMailbox(mailbox.id);
            return;
        case MailboxAction::Subscribe:
            subscribe(mailbox);
            return;
        case MailboxAction::Renew:
            task.kind = TaskKind::Renew;
            break;
        case MailboxAction::Confirm:
            task.kind = TaskKind::Confirm;
            task.note = mailbox.note;
            break;
        case MailboxAction::Reauthorize:
            task.kind = TaskKind::Reauthorize;
            break;
        case MailboxAction::Unsubscribe:
            task.kind = TaskKind::Unsubscribe;
            break;
    }
    run(mailbox, std::move(task));
}

void MailboxTasks::subscribe(const store::ManagedMailbox& mailbox) {
    // The store keeps hashes of callbacks only, so each subscription gets a new callback. The
    // callback is durable before the server hears of it: the server tries it before it answers.
    const std::string token = util::randomToken();
    Task task;
    task.kind = TaskKind::Subscribe;
    task.callback_url = callback_base_ + token;
    task.proof = util::randomToken();
    if (!store_.setMailboxCallback(mailbox.id, util::sha256(token), util::sha256(task.proof)))
        return;
    store::ManagedMailbox without = mailbox;
    // Failures to keep the old subscription delay no attempt at a new one.
    if (!mailbox.subscription.empty()) without.attempts = 0;
    without.subscription.clear();
    without.expires_at = {};
    without.note.clear();
    run(without, std::move(task));
}

void MailboxTasks::run(const store::ManagedMailbox& mailbox, Task task) {
    std::set<store::Id> begun{mailbox.id};
    task.mailbox = mailbox.mailbox;
    task.subscription = mailbox.subscription;
    const TaskKind kind = task.kind;
    runner_.run(std::move(task), [this, mailbox, kind](const TaskResult& result) {
        busy_.erase(mailbox.id);
        try {
            finished(mailbox, kind, result);
        } catch (const store::StoreError& e) {
            log_.warning("the store failed: a managed subscription is looked at again",
                         {{"backend", instance_}, {"reason", e.what()}});
            hold_.hold(clock_.ofReal(store::kStoreRetry));
        }
    });
    // Only once the task is sure to end; and this takes no memory, which might be short.
    busy_.merge(begun);
}

void MailboxTasks::finished(store::ManagedMailbox mailbox, TaskKind kind,
                            const TaskResult& result) {
    const bool gone = result.kind == TaskResult::Kind::Gone;
    if (!result.of_instance) hold_.goOn();
    log_.debug("a task of a managed subscription ended", {{"backend", instance_},
                                                          {"mailbox", mailbox.id},
                                                          {"task", name(kind)},
                                                          {"result", name(result.kind)},
                                                          {"reason", result.problem}});
    if (kind == TaskKind::Unsubscribe && (gone || result.kind == TaskResult::Kind::Done)) {
        forget(mailbox);
    } else if (gone && kind != TaskKind::Subscribe) {
        log_.info("a managed subscription cannot be kept: a new one is made",
                  {{"backend", instance_}, {"mailbox", mailbox.id}, {"reason", result.problem}});
        mailbox.subscription.clear();
        mailbox.expires_at = mailbox.due_at = {};
        save(mailbox);
    } else if (result.kind == TaskResult::Kind::Done) {
        succeeded(mailbox, kind, result);
    } else {
        failed(mailbox, kind, result);
    }
}

void MailboxTasks::succeeded(store::ManagedMailbox& mailbox, TaskKind kind,
                             const TaskResult& result) {
    const bool anew = kind == TaskKind::Subscribe;
    const util::WallTime now = clock_.wall();
    const auto refused = [&](std::string why) {
        TaskResult none = result;
        none.kind = TaskResult::Kind::Refused;
        none.problem = std::move(why);
        failed(mailbox, kind, none);
    };
    if (anew && result.subscription.empty()) return refused("the backend named no subscription");
    // The subscription would be made anew, or renewed, again and again.
    if (kind != TaskKind::Confirm && util::isSet(result.expires) &&
        result.expires < now + kMinLifetime)
        return refused("the backend named an end of the subscription that is past, or at hand");
    hold_.succeeded(mailbox.id);
    if (util::isSet(mailbox.failed_at))
        log_.info("a managed subscription works again",
                  {{"backend", instance_}, {"mailbox", mailbox.id}});
    if (anew) mailbox.subscription = result.subscription;
    if (kind == TaskKind::Confirm) {
        mailbox.due_at = sleepUntil(mailbox, now);
    } else {
        mailbox.expires_at = result.expires;
        mailbox.renew_at = renewAt(now, result.expires, chance());
        mailbox.due_at = mailbox.renew_at;
    }
    mailbox.attempts = 0;
    mailbox.failed_at = {};
    mailbox.refused = false;
    mailbox.problem.clear();
    // Until a subscription is confirmed, the server notifies of nothing.
    save(mailbox, anew || kind == TaskKind::Confirm);
}

void MailboxTasks::failed(store::ManagedMailbox& mailbox, TaskKind kind, const TaskResult& result) {
    const util::WallTime now = clock_.wall();
    const bool refused = result.kind != TaskResult::Kind::Retry;
    const std::string before = mailbox.problem;
    // A wall clock that was ahead may have set it.
    if (!util::isSet(mailbox.failed_at) || mailbox.failed_at > now) mailbox.failed_at = now;
    mailbox.refused = refused;
    mailbox.problem = result.problem;
    // A failure of the instance is none of the mailbox's, yet the others go first.
    if (result.of_instance && hold_.blamed(mailbox.id, result))
        mailbox.due_at = now + std::max(result.retry_after, hold_.left());
    else
        failedAlone(mailbox, kind, result);
    if (refused && before != mailbox.problem)
        log_.warning("a mail server refuses a managed subscription", {{"backend", instance_},
                                                                      {"mailbox", mailbox.id},
                                                                      {"task", name(kind)},
                                                                      {"reason", result.problem}});
    save(mailbox);
}

void MailboxTasks::failedAlone(store::ManagedMailbox& mailbox, TaskKind kind,
                               const TaskResult& result) {
    const util::WallTime now = clock_.wall();
    ++mailbox.attempts;
    util::WallTime again = now + pauses_.after(mailbox.attempts, result.kind);
    // A subscription that cannot be renewed is replaced as soon as it has ended.
    if (mailbox.expires_at > now) again = std::min(again, mailbox.expires_at);
    mailbox.due_at = std::max(again, now + result.retry_after);
    if (!mailbox.refused && mailbox.attempts == kToldFailure)
        log_.warning("a managed subscription fails again and again", {{"backend", instance_},
                                                                      {"mailbox", mailbox.id},
                                                                      {"task", name(kind)},
                                                                      {"reason", result.problem}});
}

void MailboxTasks::forget(store::ManagedMailbox& mailbox) {
    hold_.forget(mailbox.id);
    mailbox.subscription.clear();
    mailbox.expires_at = {};
    mailbox.attempts = 0;
    mailbox.failed_at = {};
    mailbox.problem.clear();
    mailbox.due_at = sleepUntil(mailbox, clock_.wall());
    save(mailbox);
    store_.removeMailbox(mailbox.id);
}

void MailboxTasks::save(const store::ManagedMailbox& mailbox, bool anew) {
    store_.saveMailbox(mailbox, anew, clock_.wall());
}

}  // namespace postbell::managed
