// SPDX-License-Identifier: Apache-2.0
// JSON from strangers, in a time that grows with its length alone.
#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string_view>

namespace postbell::util {

struct JsonBounds {
    std::size_t depth;   ///< of objects and arrays in one another; the outermost is 1
    std::size_t values;  ///< with the members of objects and arrays, and these themselves
};

/// The sentence begins with "nested" or "of more than": whoever catches it names the text.
class JsonBeyondBounds : public std::length_error {
  public:
    using std::length_error::length_error;
};

/// Throws JsonBeyondBounds before anything is built; else nlohmann::json::parse_error, and
/// out_of_range for a number that no double holds, as nlohmann::json::parse() does. That with a
/// callback is no way to bound a document: it walks the whole parent at the end of each child.
nlohmann::json parseBounded(std::string_view text, JsonBounds bounds);

}  // namespace postbell::util
