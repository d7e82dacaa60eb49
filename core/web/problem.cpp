// SPDX-License-Identifier: Apache-2.0
#include "web/problem.h"

#include <strings.h>

#include <utility>

namespace postbell::web {

Problem Problem::methodNotAllowed(const std::string& method, std::string allowed) {
    Problem problem(405, method + " is not allowed here");
    problem.allowed_ = std::move(allowed);
    return problem;
}

net::Response Problem::response() const {
    net::Response response = problemResponse(status_, what());
    if (!allowed_.empty()) response.headers.emplace_back("allow", allowed_);
    return response;
}

net::Response problemResponse(int status, std::string_view title) {
    net::Response response = net::problem(status, title);
    response.headers.emplace_back("cache-control", "no-store");
    if (status == 401) response.headers.emplace_back("www-authenticate", "Bearer");
    if (status == 503) response.headers.emplace_back("retry-after", "5");
    if (status == 429) response.headers.emplace_back("retry-after", "60");
    return response;
}

net::Response jsonResponse(int status, std::string body) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("content-type", "application/json");
    response.headers.emplace_back("cache-control", "no-store");
    response.body = std::move(body);
    return response;
}

std::string bearer(const net::Request& request, const std::string& missing) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view header = request.header("authorization");
    if (header.size() <= kScheme.size() ||
        strncasecmp(header.data(), kScheme.data(), kScheme.size()) != 0)
        throw Problem(401, missing);
    // RFC 9110 11.4: one blank or more.
    const std::size_t token = header.find_first_not_of(' ', kScheme.size());
    if (token == std::string_view::npos) throw Problem(401, missing);
    return std::string(header.substr(token));
}

}  // namespace postbell::web
