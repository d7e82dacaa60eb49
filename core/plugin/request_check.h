// SPDX-License-Identifier: Apache-2.0
// Whether a request that a plugin made may go out as it is.
#pragma once
#include <string>

#include "postbell/abi.h"

namespace postbell::plugin {

/// Names the first field that breaks the contract, and how; empty: none does. HTTP/2 would answer
/// with a reset, or lose the field, and hide the plugin's fault (RFC 9110, 5.5; RFC 9113, 8.2). Of
/// the origin only the length is checked: the caller knows which are allowed. No text is read
/// before its length was held against its limit. To be called while the plugin is blamed for
/// crashes.
std::string requestBreach(const postbell_http_request& request);
std::string headerBreach(const postbell_header& header);

}  // namespace postbell::plugin
