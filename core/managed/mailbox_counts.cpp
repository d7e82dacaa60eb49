// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_counts.h"

#include <chrono>

namespace postbell::managed {
namespace {

/// A count serves pushes whose events are older than its reading, and is dropped after this time.
constexpr std::chrono::seconds kFresh{5};

}  // namespace

MailboxCounts::MailboxCounts(TaskRunner& runner, InstanceHold& hold, store::Mailboxes& store,
                             engine::Loop& loop)
    : runner_(runner), hold_(hold), store_(store), loop_(loop) {}

void MailboxCounts::ask(store::Id id, util::RealTime since, util::Milliseconds patience,
                        CountDone done) {
    Mailbox& mailbox = mailboxes_[id];
    if (!mailbox.reading && mailbox.count != store::kUnknownCount && mailbox.begun >= since)
        return done(mailbox.count);
    if (hold_.held()) return done(store::kUnknownCount);
    const std::uint64_t number = ++last_waiter_;
    Waiter& waiter = mailbox.waiters[number];
    waiter.since = since;
    waiter.done = std::move(done);
    waiter.patience = loop_.after(loop_.clock().ofReal(patience), [this, id, number] {
        auto& waiters = mailboxes_.at(id).waiters;
        const auto found = waiters.find(number);
        if (found == waiters.end()) return;
        const CountDone give_up = std::move(found->second.done);
        waiters.erase(found);
        give_up(store::kUnknownCount);
    });
    if (!mailbox.reading) read(id, mailbox);
}

void MailboxCounts::read(store::Id id, Mailbox& mailbox) {
    std::optional<store::ManagedMailbox> found;
    try {
        found = store_.findMailbox(id);
    } catch (const store::StoreError&) {
        // The count is unknown.
    }
    mailbox.begun = util::realNow();
    if (!found) return serve(mailbox, true);
    Task task;
    task.kind = TaskKind::Count;
    task.mailbox = found->mailbox;
    runner_.run(std::move(task), [this, id](const TaskResult& result) { ended(id, result); });
    mailbox.reading = true;
}

void MailboxCounts::ended(store::Id id, const TaskResult& result) {
    Mailbox& mailbox = mailboxes_.at(id);
    mailbox.reading = false;
    mailbox.ended = util::realNow();
    const bool done = result.kind == TaskResult::Kind::Done;
    const bool known = done && result.unread >= 0;
    mailbox.count = known ? result.unread : store::kUnknownCount;
    if (!result.of_instance) hold_.goOn();
    if (done)
        hold_.succeeded(id);
    else if (result.of_instance)
        hold_.blamed(id, result);
    serve(mailbox, !known);
    // The callers that are left asked for a count of a later moment while this one was read.
    if (!mailbox.waiters.empty() && !mailbox.reading) read(id, mailbox);
}

void MailboxCounts::serve(Mailbox& mailbox, bool failed) {
    std::vector<CountDone> served;
    for (auto it = mailbox.waiters.begin(); it != mailbox.waiters.end();) {
        if (!failed && it->second.since > mailbox.begun) {
            ++it;
            continue;
        }
        served.push_back(std::move(it->second.done));
        it = mailbox.waiters.erase(it);
    }
    const std::int32_t count = failed ? store::kUnknownCount : mailbox.count;
    for (const CountDone& done : served) done(count);
}

void MailboxCounts::tidy() {
    const util::RealTime now = util::realNow();
    for (auto it = mailboxes_.begin(); it != mailboxes_.end();) {
        const bool idle =
            !it->second.reading && it->second.waiters.empty() && now - it->second.ended > kFresh;
        it = idle ? mailboxes_.erase(it) : std::next(it);
    }
}

}  // namespace postbell::managed
