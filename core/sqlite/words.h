// SPDX-License-Identifier: Apache-2.0
// This engine implements store::Engine, and speaks of the store's rows and records throughout.
#pragma once
#include "store/records/records.h"
#include "store/records/store_error.h"
#include "store/rows/engine.h"

namespace postbell::sqlite {

using namespace store;

}  // namespace postbell::sqlite
