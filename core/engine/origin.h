// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace postbell::engine {

/// "https://host[:port]", taken apart; the port defaults to 443.
struct Origin {
    std::string host;  ///< lower case; an IPv6 address without brackets
    std::uint16_t port = 443;

    /// The problem is a sentence, for what is not an https origin (a path, a user, another scheme).
    static util::Result<Origin> parse(std::string_view text);
    /// For the :authority header: "host" or "host:port"; IPv6 in brackets.
    std::string authority() const;

    bool operator==(const Origin&) const = default;
};

/// An IPv6 address in brackets, anything else as it is.
std::string bracketed(const std::string& host);

}  // namespace postbell::engine
