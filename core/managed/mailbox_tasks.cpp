// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_tasks.h"

#include <algorithm>

#include "util/crypto.h"

namespace postbell::managed {
namespace {

/// Mailboxes with a task under way. With a count's request beside it, none has more than two of
/// the four that Graph takes.
constexpr std::size_t kMostBusy = 6;
constexpr std::int64_t kStoreRetryMs = 1'000;

}  // namespace

MailboxTasks::MailboxTasks(std::string instance, std::string callback_base, TaskRunner& runner,
                           store::Store& store, const util::Clock& clock, log::Log& log)
    : instance_(std::move(instance)),
      callback_base_(std::move(callback_base)),
      runner_(runner),
      store_(store),
      clock_(clock),
      log_(log) {}

void MailboxTasks::hold(std::int64_t for_ms) {
    hold_until_ms_ = std::max(hold_until_ms_, clock_.wallMs() + for_ms);
}

void MailboxTasks::look() {
    if (held() || busy_.size() >= kMostBusy) return;
    // Those that are busy are still due.
    for (const store::ManagedMailbox& mailbox :
         store_.managedDue(instance_, clock_.wallMs(), kMostBusy + busy_.size())) {
        if (busy_.size() >= kMostBusy) return;
        if (busy_.count(mailbox.id) == 0) begin(mailbox);
    }
}

void MailboxTasks::begin(const store::ManagedMailbox& mailbox) {
    const std::int64_t now = clock_.wallMs();
    TaskSpec spec;
    switch (nextTask(mailbox, now)) {
        case Next::Sleep: {
            store::ManagedMailbox slept = mailbox;
            slept.due_at = sleepUntil(mailbox, now);
            // Nothing is left to be subscribed: an old failure says nothing any more.
            if (mailbox.live == 0) slept.failed_at = slept.attempts = 0;
            store_.saveManaged(slept, false, now);
            return;
        }
        case Next::Forget:
            store_.removeManaged(mailbox.id);
            return;
        case Next::Subscribe:
            subscribe(mailbox);
            return;
        case Next::Renew:
            spec.kind = POSTBELL_TASK_RENEW;
            break;
        case Next::Reauthorize:
            spec.kind = POSTBELL_TASK_REAUTHORIZE;
            break;
        case Next::Unsubscribe:
            spec.kind = POSTBELL_TASK_UNSUBSCRIBE;
            break;
    }
    run(mailbox, std::move(spec));
}

void MailboxTasks::subscribe(const store::ManagedMailbox& mailbox) {
    // Only hashes are kept, so that each subscription has a callback of its own. It is durable
    // before the server hears of it: the server tries it before it answers.
    const std::string token = util::randomToken();
    TaskSpec spec;
    spec.kind = POSTBELL_TASK_SUBSCRIBE;
    spec.callback_url = callback_base_ + token;
    spec.proof = util::randomToken();
    if (!store_.setManagedCallback(mailbox.id, util::sha256(token), util::sha256(spec.proof)))
        return;
    store::ManagedMailbox without = mailbox;
    without.subscription.clear();
    without.expires_at = 0;
    run(without, std::move(spec));
}

void MailboxTasks::run(const store::ManagedMailbox& mailbox, TaskSpec spec) {
    busy_.insert(mailbox.id);
    spec.mailbox = mailbox.mailbox;
    spec.subscription = mailbox.subscription;
    const std::uint32_t kind = spec.kind;
    runner_.run(std::move(spec), [this, mailbox, kind](const TaskResult& result) {
        busy_.erase(mailbox.id);
        try {
            finished(mailbox, kind, result);
        } catch (const store::StoreError& e) {
            log_.warning("the store failed: a managed subscription is looked at again",
                         {{"backend", instance_}, {"reason", e.what()}});
            hold(clock_.ofRealMs(kStoreRetryMs));
        }
    });
}

void MailboxTasks::finished(store::ManagedMailbox mailbox, std::uint32_t kind,
                            const TaskResult& result) {
    const bool gone = result.kind == TaskResult::Kind::Gone;
    log_.debug("a task of a managed subscription ended", {{"backend", instance_},
                                                          {"mailbox", mailbox.id},
                                                          {"task", taskName(kind)},
                                                          {"result", resultName(result.kind)},
                                                          {"reason", result.problem}});
    if (kind == POSTBELL_TASK_UNSUBSCRIBE && (gone || result.kind == TaskResult::Kind::Done)) {
        forget(mailbox);
    } else if (gone && kind != POSTBELL_TASK_SUBSCRIBE) {
        log_.info("a mail server does not know a managed subscription any more: a new one is made",
                  {{"backend", instance_}, {"mailbox", mailbox.id}});
        mailbox.subscription.clear();
        mailbox.expires_at = mailbox.due_at = 0;
        save(mailbox);
    } else if (result.kind == TaskResult::Kind::Done) {
        succeeded(mailbox, kind, result);
    } else {
        failed(mailbox, kind, result);
    }
}

void MailboxTasks::succeeded(store::ManagedMailbox& mailbox, std::uint32_t kind,
                             const TaskResult& result) {
    const bool anew = kind == POSTBELL_TASK_SUBSCRIBE;
    if (anew && result.subscription.empty()) {
        TaskResult none = result;
        none.kind = TaskResult::Kind::Refused;
        none.problem = "the backend named no subscription";
        return failed(mailbox, kind, none);
    }
    const std::int64_t now = clock_.wallMs();
    instance_failures_ = 0;
    if (mailbox.failed_at != 0)
        log_.info("a managed subscription works again",
                  {{"backend", instance_}, {"mailbox", mailbox.id}});
    if (anew) mailbox.subscription = result.subscription;
    mailbox.expires_at = result.expires_ms;
    mailbox.renew_at = renewAt(now, result.expires_ms, chance());
    mailbox.due_at = mailbox.renew_at;
    mailbox.attempts = 0;
    mailbox.failed_at = 0;
    mailbox.refused = false;
    mailbox.problem.clear();
    save(mailbox, anew);
}

void MailboxTasks::failed(store::ManagedMailbox& mailbox, std::uint32_t kind,
                          const TaskResult& result) {
    const std::int64_t now = clock_.wallMs();
    const bool refused = result.kind != TaskResult::Kind::Retry;
    const std::string before = mailbox.problem;
    if (mailbox.failed_at == 0) mailbox.failed_at = now;
    mailbox.refused = refused;
    mailbox.problem = result.problem;
    if (result.of_instance) {
        // Nobody's own failure: when the hold is over, it is this mailbox's turn again at once.
        // Those that were under way together failed together.
        if (!held()) ++instance_failures_;
        hold(result.retry_after_ms != 0 ? result.retry_after_ms
                                        : retryAfter(instance_failures_, refused, chance()));
    } else {
        ++mailbox.attempts;
        mailbox.due_at =
            now + std::max(result.retry_after_ms, retryAfter(mailbox.attempts, refused, chance()));
    }
    if (refused && before != mailbox.problem)
        log_.warning("a mail server refuses a managed subscription", {{"backend", instance_},
                                                                      {"mailbox", mailbox.id},
                                                                      {"task", taskName(kind)},
                                                                      {"reason", result.problem}});
    save(mailbox);
}

void MailboxTasks::forget(store::ManagedMailbox& mailbox) {
    mailbox.subscription.clear();
    mailbox.expires_at = 0;
    mailbox.attempts = 0;
    mailbox.failed_at = 0;
    mailbox.problem.clear();
    mailbox.due_at = sleepUntil(mailbox, clock_.wallMs());
    save(mailbox);
    store_.removeManaged(mailbox.id);
}

void MailboxTasks::save(const store::ManagedMailbox& mailbox, bool anew) {
    store_.saveManaged(mailbox, anew, clock_.wallMs());
}

}  // namespace postbell::managed
