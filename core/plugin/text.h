// SPDX-License-Identifier: Apache-2.0
// Texts that plugins give and get.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "postbell/abi.h"

namespace postbell::plugin {

/// {NULL, n} counts as absent.
std::string_view view(postbell_str text);
std::string_view view(postbell_bytes bytes);
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
