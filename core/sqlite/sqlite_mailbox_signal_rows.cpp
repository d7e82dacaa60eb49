// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_mailbox_signal_rows.h"

#include "sqlite/query.h"

namespace postbell::sqlite {

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
    Query(connection_, "UPDATE managed SET due_at = 0, asked = asked + 1 WHERE id = ?1", mailbox)
        .run();
}

void SqliteMailboxSignalRows::wakeServing(Id registration) {
    Query(connection_,
          "UPDATE managed SET due_at = 0, asked = asked + 1 WHERE id = (SELECT managed FROM "
          "registration WHERE id = ?1)",
          registration)
        .run();
}

void SqliteMailboxSignalRows::wakeAllOfApp(Id app) {
    Query(connection_,
          "UPDATE managed SET due_at = 0, asked = asked + 1 WHERE id IN (SELECT r.managed FROM "
          "registration r JOIN device d ON d.id = r.device WHERE d.app = ?1 AND r.managed <> 0)",
          app)
        .run();
}

}  // namespace postbell::sqlite
