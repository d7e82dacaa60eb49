// SPDX-License-Identifier: Apache-2.0
// The keys that a database holds, sealed under the master key.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/rows/meta_rows.h"
#include "store/seal/sealer.h"

namespace postbell::store {

/// The gateway's key under which mailboxes are looked up. Made at the first start, and with it the
/// value that later starts check the master key by. Nothing: its row was changed, and it does not
/// open. Throws StoreError with a sentence for the admin: the database `name` was sealed with
/// another master key, with which no key of the database opens.
std::optional<std::string> openMailboxKey(MetaRows& meta, const Sealer& sealer,
                                          std::string_view name);

}  // namespace postbell::store
