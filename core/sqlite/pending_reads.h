// SPDX-License-Identifier: Apache-2.0
// How pending rows are read, each with the device that it is pushed to.
#pragma once
#include <functional>
#include <optional>

#include "sqlite/connection.h"
#include "sqlite/words.h"
#include "store/pending_row.h"

namespace postbell::sqlite {

/// From seven columns, the first of which is `column`.
void readPendingState(const Query& query, int column, PendingRow& row);
std::optional<Pending> findPending(Connection& connection, Id registration);
/// Every pending row, oldest first.
void eachPending(Connection& connection, const std::function<void(const Pending&)>& visit);

}  // namespace postbell::sqlite
