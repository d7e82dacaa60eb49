// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace postbell::apns {

/// "2026-10-21", in UTC.
std::string dateText(std::int64_t wall_ms);

}  // namespace postbell::apns
