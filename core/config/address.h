// SPDX-License-Identifier: Apache-2.0
// Listening addresses and http(s) URLs as a config may name them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/origin.h"

namespace postbell::config {

/// Where a listener binds.
struct ListenAddress {
    std::string host;  ///< an IP address without brackets
    std::uint16_t port = 0;
    bool any = false;  ///< 0.0.0.0 or ::
};
/// "0.0.0.0:8443", "[::1]:8443", "localhost:8443"; nothing for anything else, host names included.
std::optional<ListenAddress> parseListenAddress(std::string_view text);

struct HttpUrl {
    util::Origin origin;
    bool port_given = false;
    std::string path;  ///< with query and fragment; empty or beginning with '/', '?' or '#'
};
/// An absolute http or https URL without a user in it; nothing for anything else.
std::optional<HttpUrl> parseHttpUrl(std::string_view text);

/// 127.0.0.0/8, ::1 (also in brackets) and "localhost".
bool isLoopback(std::string_view host);

}  // namespace postbell::config
