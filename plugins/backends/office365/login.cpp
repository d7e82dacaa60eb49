// SPDX-License-Identifier: Apache-2.0
#include "login.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "client_assertion.h"
#include "encoding.h"
#include "graph_answer.h"
#include "postbell/kit/base64url.hpp"
#include "postbell/kit/retry_after.hpp"

namespace postbell::office365 {
namespace {

using nlohmann::json;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kRenewAheadMs = 5 * kMinuteMs;
constexpr std::size_t kMaxTokenBytes = 16 * 1024;

/// " (AADSTS90033)"; empty for 0.
std::string named(std::int64_t code) {
    return code != 0 ? " (AADSTS" + std::to_string(code) + ")" : std::string();
}

/// The first of "error_codes": the number behind AADSTS.
std::int64_t errorCode(const json& answer) {
    const auto codes = answer.find("error_codes");
    if (codes == answer.end() || !codes->is_array() || codes->empty() ||
        !codes->front().is_number_integer())
        return 0;
    return codes->front().get<std::int64_t>();
}

/// Transient errors, time-outs and too many requests (50196, 90055), by the same page as
/// sentence().
constexpr std::array<std::int64_t, 9> kPassingCodes{50033, 50196, 90006, 90012, 90024,
                                                    90033, 90055, 90090, 90091};

/// The login says "not now" with a status that is a refusal's.
bool passes(const json& answer) {
    const std::string error = textIn(answer, "error");
    return error == "temporarily_unavailable" || error == "server_error" ||
           std::ranges::find(kPassingCodes, errorCode(answer)) != kPassingCodes.end();
}

/// learn.microsoft.com/entra/identity-platform/reference-error-codes
std::string sentence(std::int64_t code, const ManagedSettings& settings) {
    switch (code) {
        case 7000215:
            return "Microsoft's login refuses the client secret: client_secret_file must hold the "
                   "secret's value, not its id";
        case 7000222:
            return "the client secret has expired: make a new one in Entra ID and put it into "
                   "client_secret_file";
        case 700016:
            return "the tenant has no app registration with this client_id: is tenant_id right, "
                   "and has an admin consented?";
        case 90002:
            return "there is no tenant with this tenant_id in this cloud";
        case 700027:
        case 700021:
        case 700023:
            return "Microsoft's login refuses the certificate: upload the one in certificate_file "
                   "to the app registration";
        case 700024:
            return "Microsoft's login finds the gateway's signature out of time: the gateway's "
                   "clock is wrong";
        case 7000112:
        case 7000114:
            return "the app registration is disabled in the tenant";
        case 1002012:
        case 70011:
            return "Microsoft's login refuses the scope " + settings.scope + ": is `cloud` right?";
        default:
            return "Microsoft's login refuses the app registration" + named(code);
    }
}

}  // namespace

std::string Login::secretProblem(std::int64_t now_ms) const {
    try {
        (void)form(now_ms);
        return {};
    } catch (const std::exception& e) {
        return e.what();
    }
}

std::string Login::form(std::int64_t now_ms) const {
    std::string body = "client_id=" + settings_.client_id +
                       "&grant_type=client_credentials&scope=" + percentEncode(settings_.scope);
    if (settings_.with_certificate) {
        const std::string audience =
            settings_.login + "/" + settings_.tenant_id + "/oauth2/v2.0/token";
        host_.withSecret("certificate_file", [&](std::string_view pem) {
            body +=
                "&client_assertion_type="
                "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                "&client_assertion=" +
                clientAssertion(pem, settings_.client_id, audience, now_ms);
        });
        return body;
    }
    host_.withSecret("client_secret_file", [&](std::string_view secret) {
        const std::size_t end = secret.find_last_not_of(" \t\r\n");
        if (end == std::string_view::npos) throw InvalidInput("client_secret_file is empty");
        body += "&client_secret=" + percentEncode(secret.substr(0, end + 1));
    });
    return body;
}

void Login::request(std::int64_t now_ms, Authorization& out) const {
    try {
        auto exchange = std::make_unique<HttpRequest>();
        // Read each time: a new secret counts without a restart, and a missing one stops no start.
        exchange->body = form(now_ms);
        exchange->origin = settings_.login;
        exchange->path = "/" + settings_.tenant_id + "/oauth2/v2.0/token";
        exchange->headers = {{"content-type", "application/x-www-form-urlencoded"},
                             {"accept", "application/json"}};
        out.exchange = std::move(exchange);
    } catch (const InvalidInput& e) {
        out.problem = e.what();
    }
}

void Login::answer(const Response& response, std::int64_t now_ms, Authorization& out) {
    const json answer = objectIn(response);
    const int status = response.status();
    if ((status == 400 || status == 401 || status == 403) && !passes(answer)) {
        out.problem = sentence(errorCode(answer), settings_);
        return;
    }
    const std::string token = textIn(answer, "access_token");
    if (status != 200 || token.empty() || token.size() > kMaxTokenBytes)
        return postpone(response, now_ms, out);
    const auto lifetime = answer.find("expires_in");
    const std::int64_t seconds =
        lifetime != answer.end() && lifetime->is_number()
            ? static_cast<std::int64_t>(std::clamp(lifetime->get<double>(), 1.0, 86'400.0))
            : 300;
    // From now, not from a time that the login names: its clock may be another.
    out.name = "authorization";
    out.value = "Bearer " + token;
    out.expires_ms = now_ms + seconds * 1000 * 9 / 10;
    out.renew_ms = std::max(now_ms + seconds * 500, out.expires_ms - kRenewAheadMs);

    readRoles(token);
}

void Login::postpone(const Response& response, std::int64_t now_ms, Authorization& out) {
    out.not_now = true;
    out.retry_after_ms = kit::retryAfterMs(response.header("retry-after"), now_ms);
    out.problem = response.status() == 0
                      ? "Microsoft's login cannot be reached: " + std::string(response.detail())
                      : "Microsoft's login answered " + std::to_string(response.status()) +
                            named(errorCode(objectIn(response)));
}

void Login::readRoles(std::string_view token) {
    roles_.clear();
    roles_known_ = false;
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (second == token.npos) return;
    const auto claims = kit::decodeBase64Url(token.substr(first + 1, second - first - 1));
    const json payload = claims ? json::parse(*claims, nullptr, false) : json();
    if (!payload.is_object()) return;
    roles_known_ = true;
    const auto roles = payload.find("roles");
    if (roles == payload.end() || !roles->is_array()) return;
    for (const json& role : *roles)
        if (role.is_string()) roles_.push_back(role.get<std::string>());
}

}  // namespace postbell::office365
