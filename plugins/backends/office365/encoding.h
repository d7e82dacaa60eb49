// SPDX-License-Identifier: Apache-2.0
// Text forms of URLs' parts and of ids.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace postbell::office365 {

/// For a form's value, or one part of a path: everything but RFC 3986's unreserved characters.
std::string percentEncode(std::string_view text);
/// A GUID as Microsoft writes ids, in lower case; nothing for anything else.
std::optional<std::string> guid(std::string_view text);

/// "https://host:port" and the rest of an absolute URL; nothing for anything else.
struct Url {
    std::string origin;
    std::string path;  ///< with its query, "/" at least
};
std::optional<Url> splitUrl(std::string_view text);

}  // namespace postbell::office365
