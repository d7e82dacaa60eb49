// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <postbell/abi.h>

#include <vector>

#include "backend/addressee.h"
#include "net/http_server.h"

namespace postbell::backend {

/// A mail server's request as the contract has it. Borrows from the request and the addressee.
class RawRequest {
  public:
    RawRequest(const net::Request& request, const Addressee& addressee);
    RawRequest(const RawRequest&) = delete;
    RawRequest& operator=(const RawRequest&) = delete;

    const postbell_request& get() const { return raw_; }

  private:
    std::vector<postbell_header> headers_;
    postbell_request raw_{};
};

}  // namespace postbell::backend
