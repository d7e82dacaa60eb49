// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace postbell::ews {

/// An xs:dateTime (https://www.w3.org/TR/xmlschema-2/#dateTime) in milliseconds since the UNIX
/// epoch; a time without a zone is taken as UTC. 0 if it is not one.
std::int64_t parseDateTime(std::string_view text);

/// An xs:int; nothing if it is not one.
std::optional<std::int32_t> parseInt(std::string_view text);

/// An xs:boolean; false if it is not one.
bool parseBoolean(std::string_view text);

}  // namespace postbell::ews
