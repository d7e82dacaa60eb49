// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stop_token>
#include <string>

#include "sqlite/database_file.h"

namespace postbell::sqlite {

/// A copy of the whole database while it is in use: see Store::backup(). One at a time.
void backUp(const DatabaseFile& database, const std::string& file, const std::stop_token& stop);

}  // namespace postbell::sqlite
