// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_api.h"

#include <nlohmann/json.hpp>

#include <utility>
#include <variant>

#include <prometheus/collectable.h>
#include <prometheus/registry.h>

#include <arpa/inet.h>
#include <prometheus/text_serializer.h>

#include "admin/failure.h"
#include "util/crypto.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

using web::Problem;
constexpr std::string_view kPrefix = "/v1/admin/";

/// Whole, since a name that only begins as a loopback address does ("127.evil.example") may be
/// any host's.
bool isLoopbackHost(std::string_view host) {
    const std::size_t end = host.starts_with('[') ? host.find(']') + 1 : host.find(':');
    const std::string name(host.substr(0, end));
    if (end < host.size() && host[end] != ':') return false;
    in_addr address{};
    return name == "localhost" || name == "[::1]" ||
           (name.starts_with("127.") && ::inet_pton(AF_INET, name.c_str(), &address) == 1);
}

Problem wrongHost() {
    return Problem(403, "the admin listener answers to a loopback Host only");
}

net::Response plain(int status, std::string body) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
    response.body = std::move(body);
    return response;
}

}  // namespace

AdminApi::AdminApi(Call call, RefusedCalls& refused, Operations& operations,
                   prometheus::Registry& registry, Readiness readiness, Settings settings)
    : call_(std::move(call)),
      refused_(refused),
      operations_(operations),
      registry_(registry),
      readiness_(std::move(readiness)),
      settings_(std::move(settings)) {}

bool AdminApi::answerHealth(const net::Request& request, net::Responder& responder) {
    const bool readiness = request.path == "/readyz";
    if (!readiness && request.path != "/healthz") return false;
    if (!hostIsAllowed(request)) {
        responder.send(wrongHost().response());
        return true;
    }
    if (!readiness) {
        responder.send(plain(200, "ok\n"));
        return true;
    }
    const auto asking = std::make_shared<net::Responder>(std::move(responder));
    readiness_([asking](const std::string& problem) {
        asking->send(problem.empty() ? plain(200, "ready\n") : plain(503, problem + "\n"));
    });
    return true;
}

bool AdminApi::hostIsAllowed(const net::Request& request) const {
    return !settings_.loopback || isLoopbackHost(request.header("host"));
}

net::Response AdminApi::answer(const net::Request& request, const std::string& who) {
    try {
        return route(request, who);
    } catch (const std::exception&) {
        return asProblem().response();
    }
}

net::Response AdminApi::route(const net::Request& request, const std::string& who) {
    if (!hostIsAllowed(request)) {
        refused_.note(RefusedCalls::Why::WrongHost, who, request.peer);
        throw wrongHost();
    }
    const std::string_view path = request.path;
    if (path == "/metrics") return metrics();
    if (path.starts_with(kPrefix)) {
        if (request.method != "POST") throw Problem::methodNotAllowed(request.method, "POST");
        return call(request, std::string(path.substr(kPrefix.size())), who);
    }
    throw Problem(404, "there is nothing here: /metrics, /healthz, /readyz and /v1/admin/... are");
}

net::Response AdminApi::metrics() {
    std::vector<prometheus::MetricFamily> families = registry_.Collect();
    if (more_)
        for (prometheus::MetricFamily& family : more_->Collect())
            families.push_back(std::move(family));
    net::Response response = plain(200, prometheus::TextSerializer().Serialize(families));
    response.headers.front().second = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

net::Response AdminApi::call(const net::Request& request, const std::string& name,
                             const std::string& who) {
    requireToken(request, who);
    const nlohmann::json arguments =
        request.body.empty() ? nlohmann::json::object() : web::parseObject(request);
    int status = 200;
    const Json answer = call_(name, arguments, who, [&](Reply reply) {
        if (Json* const result = std::get_if<Json>(&reply)) return std::move(*result);
        status = 202;
        return operations_.begin(name, std::get<Work>(std::move(reply)));
    });
    return web::jsonResponse(status, web::dump(answer));
}

void AdminApi::requireToken(const net::Request& request, const std::string& who) {
    std::string token;
    try {
        token = web::bearer(request, "the admin token is missing (Authorization: Bearer ...)");
    } catch (const Problem&) {
        refused_.note(RefusedCalls::Why::NoToken, who, request.peer);
        throw;
    }
    if (util::equalConstantTime(token, settings_.token)) return;
    refused_.note(RefusedCalls::Why::WrongToken, who, request.peer);
    throw Problem(401, "the admin token is wrong");
}

}  // namespace postbell::admin
