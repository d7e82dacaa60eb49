// SPDX-License-Identifier: Apache-2.0
// The one reader and the one writer of the texts of origins.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace postbell::util {

/// "https://host[:port]" or "http://host[:port]", taken apart.
struct Origin {
    bool tls = true;
    std::string host;  ///< lower case; an IPv6 address without brackets, in its shortest spelling
    std::uint16_t port = 443;

    /// An https origin. The problem is a sentence, for anything else (a path, a user, another
    /// scheme).
    static Result<Origin> parse(std::string_view text);
    /// An https or an http origin.
    static Result<Origin> parseAny(std::string_view text);

    /// For the :authority header: "host" or "host:port", the port only where the scheme does not
    /// imply it; IPv6 in brackets.
    std::string authority() const;
    /// The normal form, which any two texts of one origin share.
    std::string text() const;

    bool operator==(const Origin&) const = default;
};

/// An IPv6 address in brackets, anything else as it is.
std::string bracketed(const std::string& host);

}  // namespace postbell::util
