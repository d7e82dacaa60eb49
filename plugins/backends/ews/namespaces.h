// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "notification_builder.h"

namespace postbell::ews {

inline Space spaceOf(std::string_view uri) {
    if (uri == "http://schemas.microsoft.com/exchange/services/2006/types") return Space::Exchange;
    if (uri == "http://schemas.microsoft.com/exchange/services/2006/messages")
        return Space::Exchange;
    if (uri == "http://schemas.xmlsoap.org/soap/envelope/") return Space::Soap11;
    if (uri == "http://www.w3.org/2003/05/soap-envelope") return Space::Soap12;
    return Space::Other;
}

}  // namespace postbell::ews
