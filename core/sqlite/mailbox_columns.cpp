// SPDX-License-Identifier: Apache-2.0
#include "sqlite/mailbox_columns.h"

namespace postbell::sqlite {

MailboxState readMailboxState(const Query& query, int& column) {
    MailboxState state;
    state.id = query.number(column++);
    state.instance = query.text(column++);
    state.expires_at = query.time(column++);
    state.due_at = query.time(column++);
    state.failed_at = query.time(column++);
    state.refused = query.flag(column++);
    state.problem = query.text(column++);
    state.subscribed = query.flag(column++);
    return state;
}

}  // namespace postbell::sqlite
