// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry.h"
#include "request.h"
#include "simulated_clock.h"
#include "verdict.h"

namespace fcm_simulator {

/// Google's OAuth token endpoint: judges an assertion, and issues an access token for a good one.
/// The verdict has the whole answer; its reason is OAuth's error.
http2_simulator::Verdict answerTokenRequest(const http2_simulator::Request& request,
                                            Registry& registry, const http2_simulator::Moment& now);

}  // namespace fcm_simulator
