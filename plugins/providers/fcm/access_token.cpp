// SPDX-License-Identifier: Apache-2.0
#include "access_token.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "assertion.h"
#include "postbell/kit/retry_after.hpp"

namespace postbell::fcm {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxBody = 64 * 1024;
constexpr std::size_t kMaxToken = 4096;
constexpr std::int64_t kUsualLifeSeconds = 3600;
constexpr std::int64_t kMaxLifeSeconds = 24 * 3600;
/// So long before its end a token is renewed, and so long before it is no longer presented: pushes
/// under way arrive in time, and clocks differ.
constexpr std::int64_t kRenewBeforeSeconds = 300;
constexpr std::int64_t kUselessBeforeSeconds = 30;

std::string textOf(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A server's own words, fit for a log line.
std::string printable(std::string text) {
    constexpr std::size_t kMaxLength = 160;
    if (text.size() > kMaxLength) text.resize(kMaxLength);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c >= 0x7f; }, '?');
    return text;
}

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

bool isBearer(std::string type) {
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return type.empty() || type == "bearer";
}

/// RFC 6749, 5.2, and Google's own. The advice for those that an admin can mend.
std::string_view adviceFor(const std::string& error, const std::string& description) {
    if (error == "invalid_grant") {
        if (contains(description, "iat") || contains(description, "short-lived"))
            return "Check the clock of this machine.";
        if (contains(description, "ignature") || contains(description, "key"))
            return "The key was deleted or disabled; create a new one in the console and upload "
                   "its file.";
        if (contains(description, "account not found") || contains(description, "ccount"))
            return "The service account was deleted or disabled; create one and upload its key.";
        return "Check the clock of this machine, and in the console that the service account and "
               "its key are there and enabled.";
    }
    if (error == "invalid_client" || error == "disabled_client")
        return "The service account was deleted or disabled; create one and upload its key.";
    return "Check in the console that the service account is enabled and its project in order.";
}

void notNow(const Response& answer, std::int64_t now_ms, std::string why, Authorization& out) {
    out.not_now = true;
    out.problem = std::move(why);
    out.retry_after_ms = kit::retryAfterMs(answer.header("retry-after"), now_ms);
}

void readRefusal(const Response& answer, const json& body, std::int64_t now_ms,
                 Authorization& out) {
    const std::string error = printable(textOf(body, "error"));
    const std::string description = printable(textOf(body, "error_description"));
    const bool transient = error == "temporarily_unavailable" || error == "server_error" ||
                           error == "internal_failure" || error == "rate_limit_exceeded" ||
                           error == "slow_down";
    const bool told = !error.empty() && answer.status() >= 400 && answer.status() < 500 &&
                      answer.status() != 429 && answer.status() != 408;
    std::string said = "Google's authorization server answered " + std::to_string(answer.status());
    if (!error.empty()) said += " " + error;
    if (!description.empty()) said += " (" + description + ")";
    if (!told || transient) {
        notNow(answer, now_ms, said + ": no access token now, it is asked for again", out);
        return;
    }
    out.problem = said + ": the service account is refused. ";
    out.problem += adviceFor(error, description);
}

}  // namespace

std::unique_ptr<HttpRequest> tokenRequest(const ServiceAccount& account, const Url& endpoint,
                                          std::int64_t now_ms) {
    auto request = std::make_unique<HttpRequest>();
    request->origin = endpoint.origin;
    request->path = endpoint.path;
    request->headers.push_back({"content-type", "application/x-www-form-urlencoded"});
    // A JWT has no character that a form would encode.
    request->body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" +
                    makeAssertion(account, endpoint.text(), now_ms / 1000);
    return request;
}

void readTokenAnswer(const Response& answer, std::int64_t now_ms, Authorization& out) {
    if (answer.status() == 0)
        return notNow(answer, now_ms,
                      "no access token from Google: " + printable(std::string(answer.detail())),
                      out);
    json body = json::value_t::discarded;
    if (answer.body().size() <= kMaxBody)
        body = json::parse(answer.body().begin(), answer.body().end(), nullptr, false);
    if (!body.is_object()) body = json::object();
    if (answer.status() != 200) return readRefusal(answer, body, now_ms, out);

    const std::string token = textOf(body, "access_token");
    const bool usable =
        !token.empty() && token.size() <= kMaxToken &&
        std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!usable || !isBearer(textOf(body, "token_type")))
        return notNow(answer, now_ms,
                      "the authorization server's answer holds no access token; check "
                      "token_endpoint and the proxy",
                      out);
    std::int64_t life = kUsualLifeSeconds;
    if (const auto told = body.find("expires_in"); told != body.end() && told->is_number())
        life = static_cast<std::int64_t>(
            std::clamp(told->get<double>(), 1.0, static_cast<double>(kMaxLifeSeconds)));
    out.name = "authorization";
    out.value = "Bearer " + token;
    out.renew_ms = now_ms + std::max(life - kRenewBeforeSeconds, life / 2) * 1000;
    out.expires_ms = now_ms + std::max(life - kUselessBeforeSeconds, life * 3 / 4) * 1000;
}

}  // namespace postbell::fcm
