// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "postbell/kit/status_reason.hpp"
#include "postbell/provider.hpp"

namespace postbell::webpush {

/// Makes an outcome of a push server's answer (RFC 8030, 5 to 8; RFC 8292, 4.2). Its texts are
/// literals or live in the classifier until its next call. Confined to one thread at a time.
class ResponseClassifier {
  public:
    Outcome classify(const Response& response, std::int64_t now_ms);

  private:
    kit::StatusReason reason_;
};

/// Whether the server refused the VAPID header.
bool refusesVapid(int status);

}  // namespace postbell::webpush
