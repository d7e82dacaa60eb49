// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "postbell/kit/text.hpp"

namespace postbell::kit {

/// The parts of a Content-Type header (RFC 9110, 8.3). Borrows from the header.
struct ContentType {
    std::string_view media;    ///< "text/xml", as written; empty if not told
    std::string_view charset;  ///< as written, without quotes; empty if not told
};

namespace detail {

/// Takes the part before the next ';' off `rest`.
inline std::string_view nextPart(std::string_view& rest) {
    const auto end = rest.find(';');
    const std::string_view part = trim(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

/// Single quotes are no quotes in RFC 9110, but some clients write them.
inline std::string_view unquoted(std::string_view value) {
    if (value.size() >= 2 && value.front() == value.back() &&
        (value.front() == '"' || value.front() == '\''))
        return value.substr(1, value.size() - 2);
    return value;
}

}  // namespace detail

inline ContentType parseContentType(std::string_view header) {
    ContentType type;
    std::string_view rest = header;
    type.media = detail::nextPart(rest);
    while (!rest.empty()) {
        const std::string_view parameter = detail::nextPart(rest);
        const auto equals = parameter.find('=');
        if (equals == std::string_view::npos) continue;
        if (equalsIgnoringCase(trim(parameter.substr(0, equals)), "charset"))
            type.charset = detail::unquoted(trim(parameter.substr(equals + 1)));
    }
    return type;
}

}  // namespace postbell::kit
