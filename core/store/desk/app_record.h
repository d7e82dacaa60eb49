// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "store/rows/app_rows.h"

namespace postbell::store {

App appOf(AppRow row);
std::optional<App> appOf(std::optional<AppRow> row);

}  // namespace postbell::store
