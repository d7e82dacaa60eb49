// SPDX-License-Identifier: Apache-2.0
// This engine implements store::Engine, and speaks of the store's rows and records throughout.
#pragma once
#include "store/engine.h"
#include "store/records.h"
#include "store/store_error.h"

namespace postbell::sqlite {

using namespace store;

}  // namespace postbell::sqlite
