// SPDX-License-Identifier: Apache-2.0
#include "validate/authorization.h"

#include <initializer_list>

#include "plugin/request_check.h"
#include "validate/hostile.h"

namespace postbell::validate {
namespace {

using testing::FakeAnswer;
using testing::SaidAuthorization;

/// As the gateway's limit for one authorization.
constexpr int kMaxExchanges = 8;
constexpr std::int64_t kHour = 3'600'000;

/// The answer of a token endpoint (RFC 6749, 5.1).
FakeAnswer grantedToken() {
    FakeAnswer answer;
    answer.headers = {{"content-type", "application/json"}};
    answer.body = R"({"access_token": "token-of-the-validator", "token_type": "Bearer",)"
                  R"( "expires_in": 3600})";
    return answer;
}

void requireHeader(const SaidAuthorization& said) {
    if (said.name.empty()) return;
    const std::string breach = plugin::headerBreach({str(said.name), str(said.value), 0});
    require(breach.empty(), "its authorization is no header: " + breach);
}

/// Seconds in place of milliseconds are the likeliest mistake.
void requireInFuture(const char* name, std::int64_t when_ms, std::int64_t now_ms) {
    require(when_ms == 0 || when_ms > now_ms,
            std::string("its authorization has expired when it is given: ") + name + " is " +
                std::to_string(when_ms) + ", and now is " + std::to_string(now_ms) +
                " (milliseconds since 1970)");
}

}  // namespace

void requireAuthorization(const AuthorizationCalls& calls, const std::vector<std::string>& origins,
                          Origins rules, std::int64_t now_ms) {
    SaidAuthorization said = calls.authorize(now_ms);
    for (int exchanges = 0; said.status >= 0 && said.exchange; ++exchanges) {
        require(exchanges < kMaxExchanges,
                "one exchange with the authorization server leads to the next, and " +
                    std::to_string(kMaxExchanges) + " to no authorization");
        requireSendable(said.request, origins, rules);
        said = calls.authorized(grantedToken(), now_ms);
    }
    require(said.status >= 0 || said.status == POSTBELL_EAGAIN,
            "authorize() fails with " + std::to_string(said.status));
    requireHeader(said);
    if (said.status < 0 || said.name.empty()) return;
    requireInFuture("expires_ms", said.expires_ms, now_ms);
    require(said.renew_ms == 0 || said.renew_ms + kHour > now_ms,
            "its authorization is to be renewed since long before it is given: renew_ms is " +
                std::to_string(said.renew_ms));
}

void requireAuthorizedSurvives(const AuthorizationCalls& calls, std::int64_t now_ms) {
    calls.authorize(now_ms);
    for (const std::string& body : hostileTexts(commonMessages()))
        for (const int status : {0, 200, 400, 401, 403, 429, 500, 503, 999}) {
            FakeAnswer answer;
            answer.status = status;
            answer.body = body.substr(0, POSTBELL_MAX_RESPONSE_BYTES);
            answer.headers = {{"retry-after", body.substr(0, 100)}};
            requireHeader(calls.authorized(answer, now_ms));
        }
}

}  // namespace postbell::validate
