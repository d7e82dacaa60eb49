// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "notification.h"

namespace postbell::ews {

struct ContentType {
    bool acceptable = true;  ///< text/xml, application/soap+xml, or none at all
    SoapVersion soap = SoapVersion::V11;
    std::string_view charset;  ///< as written, without quotes; empty if not told
};

/// Reads a Content-Type header (RFC 9110, 8.3). The charset borrows from `header`.
ContentType parseContentType(std::string_view header);

}  // namespace postbell::ews
