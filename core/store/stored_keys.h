// SPDX-License-Identifier: Apache-2.0
// The keys that a database holds, sealed under the master key.
#pragma once
#include <string>
#include <string_view>

#include "store/meta_rows.h"
#include "store/sealer.h"

namespace postbell::store {

/// Throws StoreError with a sentence for the admin: the database `name` was sealed with another
/// master key. False: nothing is sealed yet.
bool checkMasterKey(const MetaRows& meta, const Sealer& sealer, std::string_view name);

/// The gateway's key under which mailboxes are looked up. Made at the first start, and with it the
/// value that later starts check the master key by. Throws as checkMasterKey().
std::string openMailboxKey(MetaRows& meta, const Sealer& sealer, std::string_view name);

/// Opens a value of the database `name`. Throws StoreError.
std::string openSealed(const Sealer& sealer, std::string_view name, std::string_view place,
                       std::string_view row, std::string_view sealed);

}  // namespace postbell::store
