// SPDX-License-Identifier: Apache-2.0
#include "managed/mailbox_counts.h"

#include <chrono>
#include <new>
#include <utility>

#include "util/insist.h"

namespace postbell::managed {
namespace {

/// A count serves pushes whose events are older than its reading, and is dropped after this time.
constexpr std::chrono::seconds kFresh{5};

}  // namespace

MailboxCounts::MailboxCounts(std::string instance, TaskRunner& runner, InstanceHold& hold,
                             store::Mailboxes& store, engine::Loop& loop, log::Log& log)
    : instance_(std::move(instance)),
      runner_(runner),
      hold_(hold),
      store_(store),
      loop_(loop),
      log_(log) {}

void MailboxCounts::ask(store::Id id, util::RealTime since, util::Milliseconds patience,
                        CountDone done) {
    Mailbox* mailbox = nullptr;
    try {
        mailbox = &mailboxes_[id];
        if (const auto known = countSince(*mailbox, since)) return done(*known);
        wait(id, *mailbox, since, patience, done);
    } catch (const std::bad_alloc&) {
        // A push waits for its count without a time-out of its own.
        return done(store::kUnknownCount);
    }
    if (!mailbox->reading) read(id, *mailbox);
}

std::optional<std::int32_t> MailboxCounts::countSince(const Mailbox& mailbox,
                                                      util::RealTime since) const {
    if (!mailbox.reading && mailbox.count != store::kUnknownCount && mailbox.begun >= since)
        return mailbox.count;
    const bool may_wait = mailbox.reading ? !hold_.held() : mayRead();
    return may_wait ? std::nullopt : std::optional(store::kUnknownCount);
}

/// Takes `done` only if nothing can fail any more.
void MailboxCounts::wait(store::Id id, Mailbox& mailbox, util::RealTime since,
                         util::Milliseconds patience, CountDone& done) {
    const std::uint64_t number = ++last_waiter_;
    Waiter waiter;
    waiter.since = since;
    waiter.patience =
        loop_.after(loop_.clock().ofReal(patience), [this, id, number] { giveUp(id, number); });
    Waiter& placed = mailbox.waiters.emplace(number, std::move(waiter)).first->second;
    placed.done = std::move(done);
}

void MailboxCounts::giveUp(store::Id id, std::uint64_t waiter) {
    auto& waiters = mailboxes_.at(id).waiters;
    const auto found = waiters.find(waiter);
    if (found == waiters.end()) return;
    const CountDone done = std::move(found->second.done);
    waiters.erase(found);
    done(store::kUnknownCount);
    tell(id, "the mail server takes too long");
}

void MailboxCounts::tell(store::Id id, const std::string& why) {
    // The pushes that wait go on, whether or not a line can be logged.
    static_cast<void>(util::succeeds([&] {
        const auto suppressed = lines_.admit("count", why, loop_.clock().steady());
        if (!suppressed) return;
        log_.warning("an unread count cannot be read: a push carries no badge",
                     {{"backend", instance_},
                      {"mailbox", id},
                      {"reason", why},
                      {"suppressed", *suppressed}});
    }));
}

void MailboxCounts::read(store::Id id, Mailbox& mailbox) {
    std::optional<store::ManagedMailbox> found;
    try {
        found = store_.findMailbox(id);
    } catch (const store::StoreError&) {
        // The count is unknown.
    }
    mailbox.begun = util::realNow();
    if (!found) {
        mailbox.count = store::kUnknownCount;
        return serve(mailbox);
    }
    Task task;
    task.kind = TaskKind::Count;
    task.mailbox = found->mailbox;
    runner_.run(std::move(task), [this, id](const TaskResult& result) { ended(id, result); });
    mailbox.reading = true;
    ++readings_;
}

void MailboxCounts::ended(store::Id id, const TaskResult& result) {
    Mailbox& mailbox = mailboxes_.at(id);
    mailbox.reading = false;
    --readings_;
    mailbox.ended = util::realNow();
    const bool done = result.kind == TaskResult::Kind::Done;
    const bool known = done && result.unread >= 0;
    mailbox.count = known ? result.unread : store::kUnknownCount;
    if (!result.of_instance) hold_.goOn();
    if (done)
        hold_.succeeded(id);
    else if (!result.of_instance || !hold_.blamed(id, result))
        tell(id, result.problem);
    serve(mailbox);
    // The callers that are left asked for a count of a later moment while this one was read.
    if (mailbox.waiters.empty() || mailbox.reading) return;
    if (mayRead()) return read(id, mailbox);
    mailbox.count = store::kUnknownCount;  // at their moment
    serve(mailbox);
}

void MailboxCounts::serve(Mailbox& mailbox) {
    const bool failed = mailbox.count == store::kUnknownCount;
    std::map<std::uint64_t, Waiter> served;
    for (auto it = mailbox.waiters.begin(); it != mailbox.waiters.end();) {
        const auto next = std::next(it);
        if (failed || it->second.since <= mailbox.begun) served.insert(mailbox.waiters.extract(it));
        it = next;
    }
    const std::int32_t count = mailbox.count;
    for (const auto& [number, waiter] : served) waiter.done(count);
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
