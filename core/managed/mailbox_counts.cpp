// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_counts.h"

#include <chrono>

namespace postbell::managed {
namespace {

/// For so long a count serves everybody who asks for one of a moment before it was read.
constexpr std::int64_t kFreshUs = 5'000'000;

}  // namespace

MailboxCounts::MailboxCounts(TaskRunner& runner, MailboxTasks& tasks, store::Store& store,
                             engine::Loop& loop)
    : runner_(runner), tasks_(tasks), store_(store), loop_(loop) {}

std::int64_t MailboxCounts::steadyUs() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

void MailboxCounts::ask(store::Id id, std::int64_t since_us, util::Milliseconds patience,
                        CountDone done) {
    Mailbox& mailbox = mailboxes_[id];
    if (!mailbox.reading && mailbox.count != store::kUnknownCount && mailbox.begun_us >= since_us)
        return done(mailbox.count);
    if (tasks_.held()) return done(store::kUnknownCount);
    const std::uint64_t number = ++last_waiter_;
    Waiter& waiter = mailbox.waiters[number];
    waiter.since_us = since_us;
    waiter.done = std::move(done);
    waiter.patience = loop_.after(loop_.clock().ofReal(patience).count(), [this, id, number] {
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
        found = store_.findManaged(id);
    } catch (const store::StoreError&) {
        // Unknown is an answer.
    }
    mailbox.begun_us = steadyUs();
    if (!found) return serve(mailbox, true);
    mailbox.reading = true;
    Task task;
    task.kind = TaskKind::Count;
    task.mailbox = found->mailbox;
    runner_.run(std::move(task), [this, id](const TaskResult& result) { ended(id, result); });
}

void MailboxCounts::ended(store::Id id, const TaskResult& result) {
    Mailbox& mailbox = mailboxes_.at(id);
    mailbox.reading = false;
    mailbox.ended_us = steadyUs();
    const bool known = result.kind == TaskResult::Kind::Done && result.unread >= 0;
    mailbox.count = known ? result.unread : store::kUnknownCount;
    if (result.of_instance && !known) tasks_.hold(result.retry_after);
    serve(mailbox, !known);
    // While it was under way, a count of a later moment was asked for.
    if (!mailbox.waiters.empty() && !mailbox.reading) read(id, mailbox);
}

void MailboxCounts::serve(Mailbox& mailbox, bool failed) {
    std::vector<CountDone> served;
    for (auto it = mailbox.waiters.begin(); it != mailbox.waiters.end();) {
        if (!failed && it->second.since_us > mailbox.begun_us) {
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
    const std::int64_t now = steadyUs();
    for (auto it = mailboxes_.begin(); it != mailboxes_.end();) {
        const bool idle = !it->second.reading && it->second.waiters.empty() &&
                          now - it->second.ended_us > kFreshUs;
        it = idle ? mailboxes_.erase(it) : std::next(it);
    }
}

}  // namespace postbell::managed
