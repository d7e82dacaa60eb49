// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "plan.h"

/// Which library a call comes from, seen from the address that it returns to.
namespace inject {

/// The kind that memory counts as, if that library is one of those whose memory fails.
std::optional<Kind> memoryOf(void* caller);

/// SQLite's functions call one another.
bool isSqlite(void* caller);

}  // namespace inject
