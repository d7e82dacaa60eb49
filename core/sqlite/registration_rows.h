// SPDX-License-Identifier: Apache-2.0
// How a registration is read: one list of columns for every SELECT that gives one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/connection.h"
#include "sqlite/words.h"
#include "store/registration_row.h"

namespace postbell::sqlite {

constexpr int kRecipientColumns = 19;
constexpr int kRegistrationColumns = kRecipientColumns + 10;

/// "SELECT <a recipient's columns><more columns> FROM <from> ... <rest>", where `from` gives a
/// registration r; d is its device. On an event's way each table that is not looked into counts.
std::string selectRecipient(std::string_view from, std::string_view rest,
                            std::string_view more_columns = "");
RecipientRow readRecipient(const Query& query);

/// "SELECT <a registration's columns><more columns> FROM registration r ... <rest>": d is its
/// device, a its app, s when it was seen.
std::string selectRegistration(std::string_view rest, std::string_view more_columns = "");
/// With the state of the mailbox that serves it.
RegistrationRow readRegistration(Connection& connection, const Query& query);

}  // namespace postbell::sqlite
