// SPDX-License-Identifier: Apache-2.0
#include "store/committer.h"

#include <utility>
#include <variant>

#include "store/changes.h"
#include "store/sqlite_errors.h"

namespace postbell::store {

namespace {

// Some 16 MB, which are flushed to the disk in one go. Between commits, not within one, whose
// events would wait for it.
constexpr int kLongLogPages = 4096;
constexpr int kTidyAgainAfterPages = 512;
// Reads take microseconds, but a thread may lose the processor in one.
constexpr util::Milliseconds kMaxRead{20};

}  // namespace

Committer::Committer(std::filesystem::path file, Connection connection, ReaderPool& readers,
                     const util::Clock& clock, log::Log& log)
    : file_(std::move(file)),
      connection_(std::move(connection)),
      readers_(readers),
      pending_(connection_, util::toMs(clock.wall()) * 1000),
      clock_(clock),
      log_(log),
      tidy_at_pages_(kLongLogPages) {}

Committer::Result Committer::commit(Group& group) {
    const auto begin = util::realNow();
    group.failures.assign(group.members.size(), Failure());
    try {
        if (!attempt(group, Mode::Together)) attempt(group, Mode::Apart);
    } catch (const SQLite::Exception& error) {
        rollBack();
        return {storeError(file_, error).what(), {}, 0, {}};
    } catch (const std::exception& error) {
        rollBack();
        return {error.what(), {}, 0, {}};
    }
    return durable(util::realNow() - begin);
}

bool Committer::attempt(Group& group, Mode mode) {
    const bool only_pending = group.changesOnlyPending();
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
bool Committer::runOne(Mode mode, const WriteOne& write_one, Failure* failure) {
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

void Committer::runMembers(Group& group, Mode mode) {
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

void Committer::write(const Group::Member& member) {
    if (const Batch* batch = std::get_if<Batch>(&member)) {
        if (batch->note) {
            Query(connection_, "UPDATE registration SET note = ?2 WHERE id = ?1",
                  batch->registration, *batch->note)
                .run();
            pending_.addCheck(batch->registration, clock_.wall(), batch->trace);
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

void Committer::rollBack() noexcept {
    pending_.rollBack({});
    try {
        if (connection_.inTransaction()) connection_.execute("ROLLBACK");
    } catch (const SQLite::Exception& error) {
        log_.error("a transaction could not be rolled back", {{"reason", error.what()}});
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
    return {{}, std::move(rows), without_effect, took};
}

void Committer::tidyLog() {
    if (connection_.logPages() < tidy_at_pages_) return;
    readers_.renewSnapshots(kMaxRead);
    const bool done = connection_.writeLogBack();
    // Who took a snapshot since then has it from the log, which begins anew only with nobody there.
    readers_.renewSnapshots(kMaxRead);
    tidy_at_pages_ = done ? kLongLogPages : connection_.logPages() + kTidyAgainAfterPages;
}

}  // namespace postbell::store
