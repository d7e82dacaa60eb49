// SPDX-License-Identifier: Apache-2.0
// Statuses that mean the same from every server.
#pragma once

namespace postbell::kit {

/// RFC 9110, 15.5.8; RFC 6585, 6: a proxy or a captive portal asks who is there.
inline bool asksForLogin(int status) {
    return status == 407 || status == 511;
}

/// RFC 9110, 15.5.9 and 15.5.20; RFC 8470, 5.2: the request was not looked at, and may be sent
/// again on another connection.
inline bool asksForAnotherConnection(int status) {
    return status == 408 || status == 421 || status == 425;
}

}  // namespace postbell::kit
