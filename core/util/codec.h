// SPDX-License-Identifier: Apache-2.0
// Text forms of bytes: hex, base64, base64url.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace postbell::util {

int hexDigit(char c);                           ///< in either case; -1: it is none
std::string hexEncode(std::string_view bytes);  ///< lower case
/// Either case; nothing if a character is not hex or the count is odd.
std::optional<std::string> hexDecode(std::string_view text);

std::string base64Encode(std::string_view bytes);
/// Strict (RFC 4648, 3.3) apart from ASCII white space, which is skipped; nothing if it is not
/// base64.
std::optional<std::string> base64Decode(std::string_view text);
std::string base64UrlEncode(std::string_view bytes);  ///< without padding
std::optional<std::string> base64UrlDecode(std::string_view text);

}  // namespace postbell::util
