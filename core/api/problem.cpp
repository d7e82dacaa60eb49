// SPDX-License-Identifier: Apache-2.0
#include "api/problem.h"

#include <strings.h>

#include <nlohmann/json.hpp>

namespace postbell::api {

net::Response problemResponse(int status, const std::string& title) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("content-type", "application/problem+json");
    response.headers.emplace_back("cache-control", "no-store");
    if (status == 401) response.headers.emplace_back("www-authenticate", "Bearer");
    if (status == 503) response.headers.emplace_back("retry-after", "5");
    if (status == 429) response.headers.emplace_back("retry-after", "60");
    const nlohmann::json body = {{"title", title}, {"status", status}};
    response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return response;
}

net::Response Problem::response() const {
    net::Response response = problemResponse(status_, what());
    if (!allowed_.empty()) response.headers.emplace_back("allow", allowed_);
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

std::string bearer(const net::Request& request, const std::string& what_is_missing) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view header = request.header("authorization");
    if (header.size() <= kScheme.size() ||
        strncasecmp(header.data(), kScheme.data(), kScheme.size()) != 0)
        throw Problem(401, what_is_missing);
    return std::string(header.substr(kScheme.size()));
}

}  // namespace postbell::api
