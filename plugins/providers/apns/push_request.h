// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "postbell/provider.hpp"
#include "settings.h"

namespace postbell::apns {

/// Writes the HTTP request of a push into `out`, which is clear, all but the authorization.
/// Header texts are literals or in out.scratch. Throws InvalidInput for a push that cannot be sent.
void buildRequest(const Push& push, const Origins& origins, HttpRequest& out);

}  // namespace postbell::apns
