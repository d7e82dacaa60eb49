// SPDX-License-Identifier: Apache-2.0
// How a registration is read: one list of columns for every SELECT that gives one.
#pragma once
#include <string>
#include <string_view>

#include "store/connection.h"
#include "store/records.h"

namespace postbell::store {

constexpr int kRegistrationColumns = 34;

/// "SELECT <a registration's columns><more columns> FROM registration r ... <rest>": r
/// registration, d device, a app, t tenant, s seen.
std::string selectRegistration(std::string_view rest, std::string_view more_columns = "");
/// The same, beginning with another table that leads to r: "callback c JOIN registration r ON ...".
std::string selectRegistrationFrom(std::string_view from, std::string_view rest,
                                   std::string_view more_columns);
/// The same without what its app says, which SqliteStore::completeWithApp() adds, and without what
/// was seen: on an event's way each table that is not looked into counts.
std::string selectRegistrationAlone(std::string_view from, std::string_view rest,
                                    std::string_view more_columns);
/// Of what the gateway manages, the id alone: see completeWithManaged().
Registration readRegistration(const Query& query);

/// A list of hashes of 32 bytes as one BLOB.
std::vector<std::string> splitHashes(std::string_view bytes);
/// The list with one more; the newest sixteen stay.
std::string retire(std::string_view retired, std::string_view id_hash);

}  // namespace postbell::store
