// SPDX-License-Identifier: Apache-2.0
// Answers of the two JSON APIs; errors as application/problem+json (RFC 9457), with a title that a
// person understands.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace postbell::web {

/// Thrown by code that answers a request, and turned into the answer.
class Problem : public std::runtime_error {
  public:
    Problem(int status, const std::string& title) : std::runtime_error(title), status_(status) {}
    /// 405, with the methods that are allowed (RFC 9110, 15.5.6).
    static Problem methodNotAllowed(const std::string& method, std::string allowed);

    int status() const { return status_; }
    net::Response response() const;

  private:
    int status_;
    std::string allowed_;
};

net::Response problemResponse(int status, std::string_view title);
net::Response jsonResponse(int status, std::string body);

/// The bearer token of a request (RFC 6750, 2.1); throws a 401 Problem with `missing`, a sentence,
/// if there is none.
std::string bearer(const net::Request& request, const std::string& missing);

}  // namespace postbell::web
