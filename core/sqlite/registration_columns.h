// SPDX-License-Identifier: Apache-2.0
// How a registration is read: one list of columns for every SELECT that gives one.
#pragma once
#include <string_view>

#include "sqlite/mailbox_columns.h"
#include "sqlite/query.h"
#include "sqlite/words.h"

namespace postbell::sqlite {

constexpr int kRecipientColumns = 20;
constexpr int kRegistrationColumns = kRecipientColumns + 16 + kMailboxStateColumnCount;

/// "SELECT <a recipient's columns><more columns> FROM <from> ... <rest>", where `from` gives a
/// registration r; d is its device. On an event's way each table that is not looked into counts.
Sql selectRecipient(std::string_view from, std::string_view rest,
                    std::string_view more_columns = "");
void readRecipient(const Query& query, RecipientRow& row);

/// "SELECT <a registration's columns><more columns> FROM registration r ... <rest>": d is its
/// device, a its app, s when it was seen, m the mailbox that serves it, if one does.
Sql selectRegistration(std::string_view rest, std::string_view more_columns = "");
RegistrationRow readRegistration(const Query& query);

}  // namespace postbell::sqlite
