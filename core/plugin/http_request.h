// SPDX-License-Identifier: Apache-2.0
// A request that a plugin made, copied.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "postbell/abi.h"

namespace postbell::plugin {

struct HttpRequest {
    std::string method, origin, path, body;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// Precondition: requestBreach() finds nothing in it.
HttpRequest copyOf(const postbell_http_request& request);

}  // namespace postbell::plugin
