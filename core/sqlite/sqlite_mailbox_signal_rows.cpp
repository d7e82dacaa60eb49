// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_mailbox_signal_rows.h"

#include <string>

#include "sqlite/query.h"

namespace postbell::sqlite {

namespace {

Sql wakeThose(std::string_view ids) {
    return Sql::kept(
        std::string("UPDATE managed SET due_at = 0, asked = asked + 1 WHERE id ").append(ids));
}

}  // namespace

void SqliteMailboxSignalRows::setEnded(Id mailbox, util::WallTime at) {
    Query(connection_, "UPDATE managed SET ended_at = ?2 WHERE id = ?1", mailbox, at).run();
}

void SqliteMailboxSignalRows::setRenewAsked(Id mailbox, util::WallTime at) {
    Query(connection_, "UPDATE managed SET renew_asked_at = ?2 WHERE id = ?1", mailbox, at).run();
}

void SqliteMailboxSignalRows::setNote(Id mailbox, std::string_view note) {
    Query(connection_, "UPDATE managed SET note = ?2 WHERE id = ?1", mailbox, note).run();
}

void SqliteMailboxSignalRows::wake(Id mailbox) {
    static const Sql sql = wakeThose("= ?1");
    Query(connection_, sql, mailbox).run();
}

void SqliteMailboxSignalRows::wakeServing(std::span<const Id> registrations) {
    static const Sql sql = wakeThose(
        "IN (SELECT managed FROM registration WHERE id IN (SELECT value FROM json_each(?1)) AND "
        "managed <> 0)");
    Query(connection_, sql, Ids{registrations}).run();
}

void SqliteMailboxSignalRows::wakeAllOfApp(Id app) {
    static const Sql sql = wakeThose(
        "IN (SELECT r.managed FROM registration r JOIN device d ON d.id = r.device WHERE d.app = "
        "?1 AND r.managed <> 0)");
    Query(connection_, sql, app).run();
}

}  // namespace postbell::sqlite
