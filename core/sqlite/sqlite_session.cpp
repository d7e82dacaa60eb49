// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_session.h"

#include <utility>

#include "sqlite/managed_mailboxes.h"

namespace postbell::sqlite {

namespace {

// Some 16 MB, which are flushed to the disk in one go. Between commits, not within one, whose
// events would wait for it.
constexpr int kLongLogPages = 4096;
constexpr int kTidyAgainAfterPages = 512;
// Reads take microseconds, but a thread may lose the processor in one.
constexpr util::Milliseconds kMaxRead{20};

}  // namespace

SqliteSession::SqliteSession(Connection connection, ReaderPool& readers, const DatabaseFile& file)
    : connection_(std::move(connection)),
      readers_(readers),
      file_(file),
      pending_(connection_),
      tidy_at_pages_(kLongLogPages) {}

void SqliteSession::begin() {
    file_.requireThere();
    Query(connection_, "BEGIN IMMEDIATE").run();
}

void SqliteSession::commit(Changed changed) {
    Query(connection_, "COMMIT").run();
    readers_.committed(changed);
}

void SqliteSession::rollBack() {
    if (connection_.inTransaction()) connection_.execute("ROLLBACK");
}

void SqliteSession::beginMember() {
    Query(connection_, "SAVEPOINT member").run();
}

void SqliteSession::endMember() {
    Query(connection_, "RELEASE member").run();
}

bool SqliteSession::undoMember() {
    if (!connection_.inTransaction()) return false;
    Query(connection_, "ROLLBACK TO member").run();
    Query(connection_, "RELEASE member").run();
    return true;
}

void SqliteSession::write(const SubscriptionChange& change) {
    switch (change.kind) {
        case SubscriptionChange::Kind::Ended:
            Query(connection_,
                  "UPDATE registration SET ended_at = ?2 WHERE id = ?1 AND ended_at = 0",
                  change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::RenewAsked:
            Query(
                connection_,
                "UPDATE registration SET renew_asked_at = ?2 WHERE id = ?1 AND renew_asked_at = 0",
                change.registration, change.at)
                .run();
            return;
        case SubscriptionChange::Kind::HeardAgain:
            Query(connection_,
                  "UPDATE registration SET ended_at = 0 WHERE id = ?1 AND ended_at <> 0",
                  change.registration)
                .run();
            return;
    }
}

void SqliteSession::write(const MailboxChange& change) {
    switch (change.kind) {
        case MailboxChange::Kind::Ended:
            Query(connection_, "UPDATE managed SET ended_at = ?2 WHERE id = ?1", change.mailbox,
                  change.at)
                .run();
            break;
        case MailboxChange::Kind::RenewAsked:
            Query(connection_, "UPDATE managed SET renew_asked_at = ?2 WHERE id = ?1",
                  change.mailbox, change.at)
                .run();
            break;
        case MailboxChange::Kind::Noted:
            Query(connection_, "UPDATE managed SET note = ?2 WHERE id = ?1", change.mailbox,
                  change.note)
                .run();
            break;
        case MailboxChange::Kind::Idle:
            break;
    }
    wakeMailbox(connection_, change.mailbox);
}

void SqliteSession::writeNote(Id registration, const std::string& note) {
    Query(connection_, "UPDATE registration SET note = ?2 WHERE id = ?1", registration, note).run();
}

std::optional<Seen> SqliteSession::findSeen(Id registration) {
    Query query(connection_,
                "SELECT s.device_at, s.heard_at, s.event_at, s.push_at, s.nudged_at, s.outcome "
                "FROM registration r LEFT JOIN seen s ON s.registration = r.id WHERE r.id = ?1",
                registration);
    if (!query.next()) return std::nullopt;
    return Seen{query.time(0), query.time(1), query.time(2),
                query.time(3), query.time(4), query.text(5)};
}

void SqliteSession::putSeen(Id registration, const Seen& seen) {
    Query(connection_,
          "REPLACE INTO seen (registration, device_at, heard_at, event_at, push_at, nudged_at, "
          "outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
          registration, seen.device_at, seen.heard_at, seen.event_at, seen.push_at, seen.nudged_at,
          seen.outcome)
        .run();
}

void SqliteSession::tidy() {
    if (connection_.logPages() < tidy_at_pages_) return;
    readers_.renewSnapshots(kMaxRead);
    const bool done = connection_.writeLogBack();
    // A snapshot that was taken meanwhile is from the log, which begins anew only when no reader is
    // in it.
    readers_.renewSnapshots(kMaxRead);
    tidy_at_pages_ = done ? kLongLogPages : connection_.logPages() + kTidyAgainAfterPages;
}

}  // namespace postbell::sqlite
