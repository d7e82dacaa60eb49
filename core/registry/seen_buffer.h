// SPDX-License-Identifier: Apache-2.0
// The name under which some topics still know the store's ledger.
#pragma once
#include "store/seen_ledger.h"

namespace postbell::registry {

using SeenBuffer = store::SeenLedger;

}  // namespace postbell::registry
