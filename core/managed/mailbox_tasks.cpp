// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_tasks.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "util/clock_tolerance.h"
#include "util/crypto.h"

namespace postbell::managed {
namespace {

/// Mailboxes with a task under way. With a count's request beside it, none has more than two of
/// the four that Graph takes.
constexpr std::size_t kMaxBusy = 6;
constexpr util::Milliseconds kMinLifetime = std::chrono::seconds(10);
/// Between two looks for mailboxes that wait for their instance.
constexpr util::Milliseconds kFailWaiting = std::chrono::minutes(1);
/// An instance that takes tasks for so long goes on. A server that limits its clients takes some
/// between two refusals.
constexpr util::Milliseconds kGoesOn = std::chrono::minutes(1);
/// Failures in a row that may pass, before the log tells of them.
constexpr std::uint32_t kToldFailure = 5;

void endFailure(store::ManagedMailbox& mailbox) {
    mailbox.attempts = 0;
    mailbox.failed_at = {};
    mailbox.refused = false;
    mailbox.problem.clear();
}

std::string serverUnusable(const std::string& why) {
    return std::string(store::kServerUnusable) + ": " + why;
}

}  // namespace

MailboxTasks::MailboxTasks(std::string instance, std::string callback_base, TaskRunner& runner,
                           InstanceHold& hold, store::Mailboxes& store, const util::Clock& clock,
                           log::Log& log, std::function<void(store::Id)> gone)
    : instance_(std::move(instance)),
      callback_base_(std::move(callback_base)),
      runner_(runner),
      hold_(hold),
      store_(store),
      clock_(clock),
      log_(log),
      gone_(std::move(gone)),
      clear_failures_at_(clock.steady() + kGoesOn) {}

void MailboxTasks::watchWallClock() {
    const util::WallTime now = clock_.wall();
    const auto lead = now.time_since_epoch() - std::chrono::duration_cast<util::Milliseconds>(
                                                   clock_.steady().time_since_epoch());
    if (wall_lead_ && lead > *wall_lead_ - util::kClockTolerance) {
        wall_lead_ = std::max(*wall_lead_, lead);
        return;
    }
    store_.wakeMisdatedMailboxes(instance_, now);
    wall_lead_ = lead;
}

void MailboxTasks::failWaiting() {
    const util::SteadyTime now = clock_.steady();
    if (hold_.isTrying()) {
        clear_failures_at_ = now + kGoesOn;
        if (now < fail_waiting_at_) return;
        store_.failDueMailboxes(instance_, serverUnusable(hold_.reason()), clock_.wall());
        fail_waiting_at_ = now + kFailWaiting;
    } else if (now >= clear_failures_at_) {
        store_.clearDueFailures(instance_, clock_.wall());
        clear_failures_at_ = util::SteadyTime::max();
    }
}

void MailboxTasks::look() {
    watchWallClock();
    failWaiting();
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
            endFailure(slept);  // it has no task that could fail
            store_.saveMailbox(slept);
            return;
        }
        case MailboxAction::Forget:
            gone_(mailbox.id);
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
    // A server that wants a new authorization, and refuses it, notifies no more.
    const bool is_cut_off = kind == TaskKind::Reauthorize && !result.of_instance &&
                            result.kind == TaskResult::Kind::Refused;
    const bool gone = result.kind == TaskResult::Kind::Gone || is_cut_off;
    if (!result.of_instance) hold_.goOn();
    log_.debug("a task of a managed subscription ended", {{"backend", instance_},
                                                          {"mailbox", mailbox.id},
                                                          {"task", name(kind)},
                                                          {"result", name(result.kind)},
                                                          {"reason", result.problem}});
    if (kind == TaskKind::Unsubscribe && (gone || result.kind == TaskResult::Kind::Done)) {
        forget(mailbox);
    } else if (gone && kind != TaskKind::Subscribe) {
        say(log::Level::Info, "a managed subscription cannot be kept: a new one is made", mailbox,
            result.problem);
        mailbox.subscription.clear();
        mailbox.expires_at = mailbox.due_at = {};
        store_.saveMailbox(mailbox);
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
    if (mailbox.attempts > 0)
        say(log::Level::Info, "a managed subscription works again", mailbox, {});
    if (anew) mailbox.subscription = result.subscription;
    if (kind == TaskKind::Confirm) {
        mailbox.due_at = sleepUntil(mailbox, now);
    } else {
        mailbox.expires_at = result.expires;
        mailbox.renew_at = renewAt(now, result.expires, chance());
        mailbox.due_at = mailbox.renew_at;
    }
    endFailure(mailbox);
    // Until a subscription is confirmed, the server notifies of nothing.
    if (anew || kind == TaskKind::Confirm)
        store_.saveNotifyingMailbox(mailbox, now);
    else
        store_.saveMailbox(mailbox);
}

void MailboxTasks::failed(store::ManagedMailbox& mailbox, TaskKind kind, const TaskResult& result) {
    const util::WallTime now = clock_.wall();
    // A wall clock that was ahead may have set it.
    if (!util::isSet(mailbox.failed_at) || mailbox.failed_at > now) mailbox.failed_at = now;
    const std::string problem =
        result.of_instance || result.unanswered ? serverUnusable(result.problem) : result.problem;
    const bool is_known = std::exchange(mailbox.problem, problem) == problem;
    // A failure of the instance is none of the mailbox's, yet the others go first.
    if (result.of_instance && hold_.blamed(mailbox.id, result))
        mailbox.due_at = now + std::max(result.retry_after, hold_.left());
    else
        failedAlone(mailbox, kind, result, is_known);
    store_.saveMailbox(mailbox);
}

void MailboxTasks::failedAlone(store::ManagedMailbox& mailbox, TaskKind kind,
                               const TaskResult& result, bool is_known) {
    const util::WallTime now = clock_.wall();
    const bool refused = result.kind != TaskResult::Kind::Retry;
    // A refusal of all mailboxes, as by a login, is no refusal of this one.
    mailbox.refused = refused && !result.of_instance;
    ++mailbox.attempts;
    util::WallTime again = now + pauses_.after(mailbox.attempts, result.kind);
    // A subscription that cannot be renewed is replaced as soon as it has ended.
    if (mailbox.expires_at > now) again = std::min(again, mailbox.expires_at);
    mailbox.due_at = std::max(again, now + result.retry_after);
    const auto warn = [&](const char* sentence) {
        say(log::Level::Warning, sentence, mailbox, result.problem, {{"task", name(kind)}});
    };
    if (refused && !is_known) warn("a mail server refuses a managed subscription");
    if (!refused && mailbox.attempts == kToldFailure)
        warn("a managed subscription fails again and again");
}

void MailboxTasks::say(log::Level level, std::string_view sentence,
                       const store::ManagedMailbox& mailbox, std::string_view reason,
                       std::initializer_list<log::Field> more) {
    const auto suppressed = lines_.admit(sentence, reason, clock_.steady());
    if (!suppressed) return;
    std::vector<log::Field> fields{{"backend", instance_}, {"mailbox", mailbox.id}};
    fields.insert(fields.end(), more);
    if (!reason.empty()) fields.emplace_back("reason", reason);
    if (*suppressed > 0) fields.emplace_back("suppressed", *suppressed);
    log_.write(level, sentence, fields.data(), fields.size());
}

void MailboxTasks::forget(store::ManagedMailbox& mailbox) {
    gone_(mailbox.id);
    mailbox.subscription.clear();
    mailbox.expires_at = {};
    endFailure(mailbox);
    mailbox.due_at = sleepUntil(mailbox, clock_.wall());
    store_.saveMailbox(mailbox);
    store_.removeMailbox(mailbox.id);
}

}  // namespace postbell::managed
