// SPDX-License-Identifier: Apache-2.0
// This engine implements the store's interfaces, and speaks of the store's records throughout.
#pragma once
#include "store/records.h"
#include "store/store_error.h"

namespace postbell::sqlite {

using namespace store;

}  // namespace postbell::sqlite
