// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sqlite/connection.h"
#include "sqlite/words.h"
#include "store/pending_table.h"

namespace postbell::sqlite {

/// The tools of a desk's write, on the writer's thread and inside its transaction.
struct WriteContext {
    Connection& connection;
    PendingTable& pending;
};

}  // namespace postbell::sqlite
