// SPDX-License-Identifier: Apache-2.0
// How apps are read: one list of columns for every SELECT that gives one.
#pragma once
#include <optional>
#include <string>

#include "sqlite/connection.h"
#include "sqlite/words.h"
#include "store/tenant.h"

namespace postbell::sqlite {

/// "SELECT <an app's columns> FROM app a JOIN tenant t ... <rest>".
std::string selectApp(const char* rest);
App readApp(const Query& query);
std::optional<App> findApp(Connection& connection, Id id);

}  // namespace postbell::sqlite
