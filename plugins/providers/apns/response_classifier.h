// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "postbell/kit/status_reason.hpp"
#include "postbell/provider.hpp"

namespace postbell::apns {

/// Makes an outcome of APNs' answers. Its texts are literals or live in the classifier until its
/// next call. Confined to one thread at a time.
class ResponseClassifier {
  public:
    /// `has_token`: the credential is a signing key, so that a refused token can be renewed.
    explicit ResponseClassifier(bool has_token) : has_token_(has_token) {}
    Outcome classify(const Response& response, std::int64_t now_ms);

  private:
    bool has_token_;
    kit::StatusReason reason_;
};

/// A reason that APNs is known to give, with its consequence: a row of the table, for tests and
/// documentation.
struct KnownReason {
    int status;
    std::string_view reason;
    OutcomeResult result;
    RetryScope scope;
    std::uint32_t flags;
    std::string_view advice;
};
std::span<const KnownReason> knownReasons();

}  // namespace postbell::apns
