// SPDX-License-Identifier: Apache-2.0
// How a push's target is read, with the event and again with the push.
#pragma once
#include "sqlite/registration_rows.h"
#include "store/recent_targets.h"

namespace postbell::sqlite {

/// For selectRecipient(): these come after the recipient's columns.
constexpr std::string_view kTargetColumns =
    ", d.token, d.token_key, d.token_at, d.first_410_at, d.origin, "
    "d.token_expires_at";
constexpr int kTargetColumnCount = 6;

inline SealedTarget readTarget(const Query& query) {
    SealedTarget target;
    int column = kRecipientColumns;
    target.registration = readRecipient(query);
    target.token = query.text(column++);
    target.token_key = query.text(column++);
    target.token_at = query.time(column++);
    target.first_410_at = query.time(column++);
    target.origin = query.text(column++);
    target.token_expires_at = query.time(column);
    return target;
}

}  // namespace postbell::sqlite
