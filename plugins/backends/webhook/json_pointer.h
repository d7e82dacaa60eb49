// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postbell/kit/json_reader.hpp"

namespace postbell::webhook {

/// Names a value of a document (RFC 6901). Immutable, and so thread-safe.
class JsonPointer {
  public:
    /// The whole document.
    JsonPointer() = default;

    /// Nothing for a text that is no JSON pointer: one that is not empty and does not begin with
    /// '/', or has a '~' without 0 or 1 behind it.
    static std::optional<JsonPointer> parse(std::string_view text);

    /// Null if the document has no such value. The value lives as long as `document`.
    const kit::Json& find(const kit::Json& document) const;

  private:
    std::vector<std::string> steps_;
};

}  // namespace postbell::webhook
