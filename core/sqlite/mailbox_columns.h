// SPDX-License-Identifier: Apache-2.0
// How the state of a mailbox is read: one list of columns for every SELECT that gives one.
#pragma once
#include <string_view>

#include "sqlite/query.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

/// Of a mailbox m, which may be missing in a LEFT JOIN.
inline constexpr std::string_view kMailboxStateColumns =
    "m.id, m.instance, m.expires_at, m.due_at, m.failed_at, m.refused, m.problem, "
    "length(m.subscription) > 0 AND m.ended_at = 0";
constexpr int kMailboxStateColumnCount = 8;

/// Id 0: the mailbox is missing. `column`: the first one; the next one on return.
MailboxState readMailboxState(const Query& query, int& column);

}  // namespace postbell::sqlite
