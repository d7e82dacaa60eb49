// SPDX-License-Identifier: Apache-2.0
// Texts that plugins give and get.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "postbell/abi.h"

namespace postbell::plugin {

/// A plugin's text is as long as its place takes. A greater length is not to be believed: the text
/// would be read beyond its end.
bool fits(postbell_str text, std::size_t max);
bool fits(postbell_bytes bytes, std::size_t max);
/// {NULL, n} counts as absent. Precondition: fits(), or the text is the gateway's own.
std::string_view view(postbell_str text);
std::string_view view(postbell_bytes bytes);
/// For people: cut off behind `max` bytes. Of a text that cannot be as long as it says, only the
/// length.
std::string sentence(postbell_str text, std::size_t max = POSTBELL_MAX_PROBLEM_BYTES);
/// Reads a byte of each page, so that a wrong length ends the process here, where a crash is blamed
/// on the plugin, and not where the bytes are used. Precondition: fits().
void touch(postbell_bytes bytes);
/// An empty text is absent.
postbell_str raw(std::string_view text);
/// An empty text is present.
postbell_str rawPresent(std::string_view text);
postbell_bytes rawBytes(std::string_view bytes);

/// Nothing for NULL, for a text without a NUL within `longest` bytes, and for one that is not
/// UTF-8.
std::optional<std::string_view> boundedText(const char* text, std::size_t longest);

/// "POSTBELL_EINVAL" and its like; unknown values as numbers.
std::string statusName(postbell_status status);

}  // namespace postbell::plugin
