// SPDX-License-Identifier: Apache-2.0
// Inside core/log only: how an entry becomes a line.
#pragma once
#include <string>
#include <string_view>

#include "log/log.h"

namespace postbell::log {

/// Without the line's end. The time is now's.
std::string formatLine(Format format, Level level, std::string_view text, const Field* fields,
                       std::size_t count);

}  // namespace postbell::log
