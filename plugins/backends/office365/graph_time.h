// SPDX-License-Identifier: Apache-2.0
// Times as Graph writes them. Milliseconds since the UNIX epoch.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postbell::office365 {

std::string writeTime(std::int64_t ms);  ///< "2026-11-23T08:15:30Z"
/// With Z or an offset, with any number of digits of a second.
std::optional<std::int64_t> readTime(std::string_view text);

}  // namespace postbell::office365
