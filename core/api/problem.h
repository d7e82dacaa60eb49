// SPDX-License-Identifier: Apache-2.0
// Errors as application/problem+json (RFC 9457), with a title that a person understands.
#pragma once
#include <stdexcept>
#include <string>

#include "net/http_server.h"

namespace postbell::api {

/// Thrown by what answers a request; becomes the answer.
class Problem : public std::runtime_error {
  public:
    Problem(int status, const std::string& title) : std::runtime_error(title), status_(status) {}
    /// 405, with the methods that are allowed (RFC 9110, 15.5.6).
    static Problem methodNotAllowed(const std::string& method, std::string allowed) {
        Problem problem(405, method + " is not allowed here");
        problem.allowed_ = std::move(allowed);
        return problem;
    }
    int status() const { return status_; }
    net::Response response() const;

  private:
    int status_;
    std::string allowed_;
};

net::Response problemResponse(int status, const std::string& title);
net::Response jsonResponse(int status, std::string body);

/// The bearer token of a request (RFC 6750, 2.1); throws a 401 Problem with `what_is_missing` if
/// there is none.
std::string bearer(const net::Request& request, const std::string& what_is_missing);

}  // namespace postbell::api
