// SPDX-License-Identifier: Apache-2.0
// Texts of remote parties and plugins, before a person reads them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace postbell::util {

/// RFC 3629.
bool isUtf8(std::string_view text);

/// Whether a log, a terminal and a table show the text as it is: UTF-8 without characters that
/// steer a terminal, break a line or change the direction of writing (C0, DEL, C1, U+2028, U+2029
/// and Unicode's bidirectional controls).
bool isPrintable(std::string_view text);

/// At most `max_bytes` of the text, made printable: a blank stands for each character that is not,
/// a question mark for each byte that is not UTF-8.
std::string printable(std::string_view text, std::size_t max_bytes = std::string_view::npos);

}  // namespace postbell::util
