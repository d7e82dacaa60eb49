// SPDX-License-Identifier: Apache-2.0
// Registrations go by the hundreds to a commit, so that no event waits for long: those of tenants
// and apps, with all that is theirs, and those that nobody uses. If the process ends half-way, the
// same call finishes the work.
#pragma once
#include <cstddef>
#include <vector>

#include "store/desk/database.h"
#include "store/directory.h"

namespace postbell::store {

/// Closes the tenant's apps at once.
void removeTenant(Database& database, Id tenant, const Removed& removed);
/// Closes the app at once.
void removeApp(Database& database, Id app, const Removed& removed);
/// Leaves those that were renewed since they were read. Returns how many are gone.
std::size_t removeUnchanged(Database& database, const std::vector<Registration>& registrations);

}  // namespace postbell::store
