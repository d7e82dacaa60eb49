// SPDX-License-Identifier: Apache-2.0
#include "store/writer/committer.h"

#include <exception>
#include <new>
#include <utility>
#include <variant>

#include "store/records/store_error.h"
#include "util/exception_text.h"
#include "util/insist.h"

namespace postbell::store {

namespace {

/// Want of memory is no refusal: the write succeeds later.
void rethrowWantOfMemory(const Failure& failure) {
    if (!failure.thrown) return;
    try {
        std::rethrow_exception(failure.thrown);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (...) {
        return;
    }
}

}  // namespace

Committer::Committer(WriteSession& session, const util::Clock& clock, log::Log& log)
    : session_(session),
      pending_(session.tables(), util::toMs(clock.wall()) * 1000),
      clock_(clock),
      log_(log) {}

Committer::Result Committer::commit(Group& group) {
    const auto begin = util::realNow();
    group.failures.assign(group.members.size(), Failure());
    try {
        if (!attempt(group, Mode::Together)) attempt(group, Mode::Apart);
    } catch (...) {
        rollBack();
        return {util::exceptionText(), {}, 0, {}, false};
    }
    giveUp(group);
    return durable(util::realNow() - begin);
}

bool Committer::attempt(Group& group, Mode mode) {
    const Changed changed = group.changed();
    given_up_ = {};
    pending_.begin(changed == Changed::PendingOnly ? session_.dataVersion() : 0);
    session_.begin();
    try {
        runAll(group, mode);
    } catch (const DatabaseTrouble&) {
        throw;
    } catch (...) {
        if (mode == Mode::Apart) throw;
        rollBack();
        return false;
    }
    wrote_ = session_.commit(changed);
    return true;
}

template <class WriteOne>
bool Committer::runOne(Mode mode, const WriteOne& write_one, Failure* failure) {
    if (mode == Mode::Together) {
        write_one();
        return true;
    }
    const PendingTable::Mark mark = pending_.mark();
    session_.beginMember();
    try {
        write_one();
    } catch (const DatabaseTrouble&) {
        throw;
    } catch (const StoreError& error) {
        if (!undo(mark)) throw;
        if (failure) failure->reason = error.what();
        return false;
    } catch (...) {
        if (!undo(mark)) throw;
        if (failure) failure->thrown = std::current_exception();
        return false;
    }
    session_.endMember();
    return true;
}

bool Committer::undo(PendingTable::Mark mark) {
    if (!session_.undoMember()) return false;
    pending_.rollBack(mark);
    return true;
}

void Committer::runAll(Group& group, Mode mode) {
    runSettlements(group, mode);
    runKept(group, mode);
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        const auto write_member = [&] { write(group.members[i]); };
        runOne(mode, write_member, &group.failures[i]);
    }
    for (const SeenLedger::Row& news : group.seen) {
        const auto write_news = [&] { write(news); };
        runOne(mode, write_news, nullptr);
    }
}

void Committer::runSettlements(const Group& group, Mode mode) {
    for (std::size_t i = 0; i < group.settlements.size(); ++i) {
        const auto settle = [&] { pending_.settle(group.settlements[i]); };
        Failure failure;
        if (runOne(mode, settle, &failure)) continue;
        rethrowWantOfMemory(failure);
        if (given_up_.settlements.empty()) given_up_.first = std::move(failure);
        given_up_.settlements.push_back(i);
    }
}

void Committer::runKept(const Group& group, Mode mode) {
    for (const auto* kept : group.keptInOrder()) {
        const auto write_kept = [this, kept] { kept->second.write(pending_); };
        Failure failure;
        if (runOne(mode, write_kept, &failure)) continue;
        rethrowWantOfMemory(failure);
        given_up_.kept.emplace_back(kept->first, std::move(failure));
    }
}

void Committer::giveUp(Group& group) {
    // The group is durable, whether there is memory for a line or not.
    util::succeeds([&] { logGivenUp(group); });
    for (const auto& [key, failure] : given_up_.kept) group.kept.erase(key);
    std::vector<Settlement>& settlements = group.settlements;
    for (auto i = given_up_.settlements.rbegin(); i != given_up_.settlements.rend(); ++i)
        settlements.erase(settlements.begin() + static_cast<std::ptrdiff_t>(*i));
}

void Committer::logGivenUp(const Group& group) {
    for (const auto& [key, failure] : given_up_.kept)
        log_.error("a write was given up, since the database refuses it",
                   {{"write", key}, {"reason", failure.text()}});
    for (const std::size_t i : given_up_.settlements)
        if (const auto outcomes = given_up_lines_.admit(util::realNow()))
            log_.error(
                "the outcome of a push was given up, since the database refuses it: the push is "
                "repeated after the next start",
                {{"row", group.settlements[i].registration},
                 {"outcomes", *outcomes},
                 {"reason", given_up_.first.text()}});
}

void Committer::write(const Group::Member& member) {
    if (const Batch* batch = std::get_if<Batch>(&member))
        write(*batch);
    else
        std::get<Blocking*>(member)->write(pending_);
}

void Committer::write(const Batch& batch) {
    for (const SubscriptionChange& change : batch.changes) write(change, batch.trace);
    for (const MailboxChange& change : batch.mailbox_changes) write(change);
    for (const StagedEvent& event : batch.events)
        if (!pending_.add(event, batch.trace) && log_.enabled(log::Level::Debug))
            log_.debug(
                "an event changes nothing: it was repeated, or came for a registration that is "
                "gone",
                {{"trace", util::traceText(batch.trace)}});
}

void Committer::write(const SubscriptionChange& change, util::Trace trace) {
    SubscriptionRows& subscriptions = session_.tables().subscriptions();
    std::optional<SubscriptionRow> row = subscriptions.find(change.registration);
    if (!row) return;
    if (row->apply(change)) subscriptions.put(*row);
    if (change.kind == SubscriptionChange::Kind::Noted)
        pending_.addCheck(change.registration, change.at, trace);
}

void Committer::write(const MailboxChange& change) {
    MailboxSignalRows& signals = session_.tables().mailboxSignals();
    switch (change.kind) {
        case MailboxChange::Kind::Ended:
            signals.setEnded(change.mailbox, change.at);
            break;
        case MailboxChange::Kind::RenewAsked:
            signals.setRenewAsked(change.mailbox, change.at);
            break;
        case MailboxChange::Kind::Noted:
            signals.setNote(change.mailbox, change.note);
            break;
        case MailboxChange::Kind::Idle:
            break;
    }
    signals.wake(change.mailbox);
}

void Committer::write(const SeenLedger::Row& news) {
    SeenRows& rows = session_.tables().seen();
    std::optional<Seen> seen = rows.find(news.first);
    if (!seen) return;
    seen->update(news.second, clock_.wall());
    rows.put(news.first, *seen);
    if (news.second.proof.device != 0) pending_.prove(news.second.proof);
}

void Committer::rollBack() noexcept {
    pending_.rollBack({});
    try {
        session_.rollBack();
    } catch (...) {
        log_.error("a transaction could not be rolled back", {{"reason", util::exceptionText()}});
    }
}

Committer::Result Committer::durable(util::RealTime::duration took) {
    PendingTable::Merged merged;
    if (log_.enabled(log::Level::Debug))
        merged = [this](util::Trace earlier, util::Trace into) {
            log_.debug("an event was merged into a later one before its commit",
                       {{"trace", util::traceText(earlier)}, {"into", util::traceText(into)}});
        };
    auto [rows, without_effect] = pending_.committed(util::realNow(), merged);
    return {{}, std::move(rows), without_effect, took, wrote_};
}

}  // namespace postbell::store
