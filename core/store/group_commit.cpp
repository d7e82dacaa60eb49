// SPDX-License-Identifier: Apache-2.0
// A group on its way into the database, and who hears of it.
#include <algorithm>
#include <type_traits>
#include <variant>

#include "store/group_writer.h"
#include "store/managed_mailboxes.h"
#include "store/sqlite_errors.h"

namespace postbell::store {

namespace {

void write(Connection& connection, const SubscriptionChange& change) {
    switch (change.kind) {
        case SubscriptionChange::Kind::Ended:
            Query(connection,
                  "UPDATE registration SET ended_at = ?2 WHERE id = ?1 AND ended_at = 0",
                  change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::RenewAsked:
            Query(
                connection,
                "UPDATE registration SET renew_asked_at = ?2 WHERE id = ?1 AND renew_asked_at = 0",
                change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::HeardAgain:
            Query(connection,
                  "UPDATE registration SET ended_at = 0 WHERE id = ?1 AND ended_at <> 0",
                  change.registration)
                .run();
            return;
    }
}

void write(Connection& connection, const MailboxChange& change) {
    switch (change.kind) {
        case MailboxChange::Kind::Ended:
            Query(connection, "UPDATE managed SET ended_at = ?2 WHERE id = ?1", change.mailbox,
                  change.at)
                .run();
            break;
        case MailboxChange::Kind::RenewAsked:
            Query(connection, "UPDATE managed SET renew_asked_at = ?2 WHERE id = ?1",
                  change.mailbox, change.at)
                .run();
            break;
        case MailboxChange::Kind::Idle:
            break;
    }
    wakeMailbox(connection, change.mailbox);
}

}  // namespace

std::size_t GroupWriter::Group::operations() const {
    return members.size() + settlements.size() + kept.size();
}

bool GroupWriter::Group::onlyPending() const {
    const auto is_only_pending = [](const auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, Batch>)
            return what.changes.empty() && what.mailbox_changes.empty() && !what.note;
        if constexpr (std::is_same_v<What, Settlement>)
            return !std::holds_alternative<DeviceDead>(what.outcome) &&
                   !std::holds_alternative<First410>(what.outcome);
        return false;
    };
    return kept.empty() && seen.empty() &&
           std::all_of(settlements.begin(), settlements.end(), is_only_pending) &&
           std::all_of(members.begin(), members.end(),
                       [&](const Member& member) { return std::visit(is_only_pending, member); });
}

void GroupWriter::commit(Group& group) {
    const auto begin = std::chrono::steady_clock::now();
    group.failures.assign(group.members.size(), Failure());
    try {
        if (!attempt(group, Mode::Together)) attempt(group, Mode::Apart);
    } catch (const SQLite::Exception& error) {
        rollBack();
        return fail(group, storeError(file_, error).what());
    } catch (const std::exception& error) {
        rollBack();
        return fail(group, error.what());
    }
    succeed(group, std::chrono::steady_clock::now() - begin);
}

bool GroupWriter::attempt(Group& group, Mode mode) {
    const bool only_pending = group.onlyPending();
    pending_.begin(only_pending ? readers_.dataVersion() : 0);
    Query(connection_, "BEGIN IMMEDIATE").run();
    try {
        runMembers(group, mode);
    } catch (const SQLite::Exception& error) {
        if (mode == Mode::Apart || concernsDatabase(error)) throw;
        rollBack();
        return false;
    } catch (const std::exception&) {
        if (mode == Mode::Apart) throw;
        rollBack();
        return false;
    }
    Query(connection_, "COMMIT").run();
    readers_.committed(only_pending);
    return true;
}

template <class WriteOne>
bool GroupWriter::runOne(Mode mode, const WriteOne& write_one, Failure* failure) {
    if (mode == Mode::Together) {
        write_one();
        return true;
    }
    const PendingTable::Mark mark = pending_.mark();
    Query(connection_, "SAVEPOINT member").run();
    bool done = false;
    try {
        write_one();
        done = true;
    } catch (const SQLite::Exception& error) {
        if (concernsDatabase(error) || !connection_.inTransaction()) throw;
        if (failure) failure->reason = storeError(file_, error).what();
    } catch (const std::exception&) {
        if (!connection_.inTransaction()) throw;
        if (failure) failure->thrown = std::current_exception();
    }
    if (!done) {
        Query(connection_, "ROLLBACK TO member").run();
        pending_.rollBack(mark);
    }
    Query(connection_, "RELEASE member").run();
    return done;
}

void GroupWriter::runMembers(Group& group, Mode mode) {
    WriteContext context{connection_, pending_};
    std::erase_if(group.settlements, [&](const Settlement& settlement) {
        if (runOne(
                mode, [&] { pending_.settle(settlement); }, nullptr))
            return false;
        group.failed_settlements.push_back(settlement);
        return true;
    });
    for (auto& [key, write_kept] : group.kept) {
        if (!runOne(
                mode, [&, &write_it = write_kept] { write_it(context); }, nullptr)) {
            log_.error("a write was given up, since the database refuses it", {{"what", key}});
        }
    }
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        runOne(
            mode, [&] { write(group.members[i]); }, &group.failures[i]);
    }
    for (const auto& [registration, seen] : group.seen) {
        runOne(
            mode, [&, id = registration, &row = seen] { writeSeen(connection_, id, row); },
            nullptr);
    }
}

void GroupWriter::write(const Member& member) {
    if (const Batch* batch = std::get_if<Batch>(&member)) {
        if (batch->note) {
            Query(connection_, "UPDATE registration SET note = ?2 WHERE id = ?1",
                  batch->registration, *batch->note)
                .run();
            pending_.addCheck(batch->registration, clock_.wallMs(), batch->trace);
        }
        for (const SubscriptionChange& change : batch->changes) store::write(connection_, change);
        for (const MailboxChange& change : batch->mailbox_changes)
            store::write(connection_, change);
        for (const StagedEvent& event : batch->events)
            if (!pending_.add(event, batch->trace) && log_.enabled(log::Level::Debug))
                log_.debug(
                    "an event changes nothing: it was repeated, or came for a registration "
                    "that is gone",
                    {{"trace", util::traceText(batch->trace)}});
    } else {
        WriteContext context{connection_, pending_};
        std::get<Blocking*>(member)->write(context);
    }
}

void GroupWriter::rollBack() noexcept {
    pending_.rollBack({});
    try {
        if (connection_.inTransaction()) connection_.execute("ROLLBACK");
    } catch (const SQLite::Exception& error) {
        log_.error("a transaction could not be rolled back", {{"reason", error.what()}});
    }
}

void GroupWriter::succeed(Group& group, std::chrono::steady_clock::duration took) {
    PendingTable::Merged merged;
    if (log_.enabled(log::Level::Debug))
        merged = [this](util::Trace earlier, util::Trace into) {
            log_.debug("an event was merged into a later one before its commit",
                       {{"trace", util::traceText(earlier)}, {"into", util::traceText(into)}});
        };
    const auto [rows, without_effect] =
        pending_.committed(std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count(),
                           merged);
    const std::vector<Settlement>& settled = group.settlements;
    bool recovered = false;
    {
        const std::lock_guard lock(queue_mutex_);
        ++stats_.commits;
        stats_.operations += group.operations();
        stats_.events_without_effect += without_effect;
        stats_.sizes.add(static_cast<double>(group.operations()));
        stats_.seconds.add(std::chrono::duration<double>(took).count());
        recovered = !trouble_.empty();
        trouble_.clear();
        // Refused one by one, as by a damaged page: others do not wait for them.
        settlements_.insert(settlements_.begin(), group.failed_settlements.begin(),
                            group.failed_settlements.end());
        backing_off_ = !group.failed_settlements.empty();
        backOff();
    }
    if (recovered) log_.info("the database can be written again");
    for (std::size_t i = 0; i < group.members.size(); ++i)
        finish(group.members[i], std::move(group.failures[i]));
    const std::lock_guard lock(sink_mutex_);
    if (sink_ && !(rows.empty() && settled.empty())) sink_->committed(rows, settled);
    if (seen_sink_ && !group.seen.empty()) seen_sink_(group.seen);
}

void GroupWriter::fail(Group& group, const std::string& reason) {
    bool first = false;
    {
        const std::lock_guard lock(queue_mutex_);
        ++stats_.failed_commits;
        first = trouble_.empty();
        trouble_ = reason;
        settlements_.insert(settlements_.begin(), group.settlements.begin(),
                            group.settlements.end());
        settlements_.insert(settlements_.begin(), group.failed_settlements.begin(),
                            group.failed_settlements.end());
        kept_.merge(group.kept);  // leaves out what a newer one has replaced
        seen_.putBack(std::move(group.seen));
        backing_off_ = true;
        backOff();
    }
    if (first)
        log_.error("the database cannot be written; mail servers are asked to try again",
                   {{"reason", reason}});
    for (const Member& member : group.members) finish(member, Failure{reason, nullptr});
}

void GroupWriter::finish(const Member& member, Failure failure) {
    if (const Batch* batch = std::get_if<Batch>(&member)) {
        if (!batch->done) return;
        try {
            batch->done(!failure);
        } catch (const std::exception& error) {
            log_.error("an answer could not be given", {{"reason", error.what()}});
        }
        return;
    }
    Blocking* blocking = std::get<Blocking*>(member);
    const std::lock_guard lock(queue_mutex_);
    blocking->failure = std::move(failure);
    blocking->finished = true;
    blocking->finish.notify_one();  // under the lock: whoever waits may be gone right after it
}

}  // namespace postbell::store
