// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "postbell/kit/status_reason.hpp"
#include "postbell/provider.hpp"

namespace postbell::fcm {

/// Makes an outcome of FCM's answers. Its texts are literals or live in the classifier until its
/// next call. Confined to one thread at a time.
class ResponseClassifier {
  public:
    Outcome classify(const Response& response, std::int64_t now_ms);

  private:
    kit::StatusReason reason_;
};

}  // namespace postbell::fcm
