// SPDX-License-Identifier: Apache-2.0
// How a registration is read: one list of columns for every SELECT that gives one.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/connection.h"
#include "store/registration.h"

namespace postbell::store {

/// As read from the database, whose app is to be looked up: AppCache.
struct RecipientRow {
    Recipient recipient;  ///< without app
    Id app = 0;
};
struct RegistrationRow {
    Registration registration;  ///< without app
    Id app = 0;
};

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

/// A list of hashes of 32 bytes as one BLOB.
std::vector<std::string> splitHashes(std::string_view bytes);
/// The list with one more; the newest sixteen stay.
std::string retire(std::string_view retired, std::string_view id_hash);

}  // namespace postbell::store
