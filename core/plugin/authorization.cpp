// SPDX-License-Identifier: Apache-2.0
#include "plugin/authorization.h"

#include <algorithm>
#include <chrono>

#include "plugin/request_check.h"
#include "plugin/text.h"

namespace postbell::plugin {
namespace {

using namespace std::chrono_literals;

constexpr util::Milliseconds kMaxRetryAfter = 1h;

AuthorizationAnswer notNow(std::string problem) {
    AuthorizationAnswer answer;
    answer.problem = std::move(problem);
    return answer;
}

AuthorizationAnswer broken(const std::string& breach) {
    AuthorizationAnswer answer = notNow("the plugin breaks the contract: " + breach);
    answer.breach = true;
    return answer;
}

Authorization given(const postbell_authorization& raw) {
    Authorization authorization;
    authorization.name = view(raw.header.name);
    authorization.value = view(raw.header.value);
    authorization.none_needed = authorization.name.empty();
    authorization.renew = util::fromAnyMs(raw.renew_ms);
    authorization.expires = util::fromAnyMs(raw.expires_ms);
    authorization.not_renewed_before = util::fromAnyMs(raw.not_renewed_before_ms);
    return authorization;
}

}  // namespace

std::string exchangeFailure(const postbell_response& answer) {
    if (answer.status == 0) return std::string(view(answer.detail));
    return "the authorization server answered " + std::to_string(answer.status);
}

AuthorizationAnswer authorizationAnswer(postbell_status status, const postbell_authorization& raw,
                                        std::string_view otherwise) {
    const std::string problem = sentence(raw.problem);
    if (status < 0) {
        AuthorizationAnswer answer = notNow(problem.empty() ? std::string(otherwise) : problem);
        answer.retry_after = std::clamp(util::Milliseconds(raw.retry_after_ms),
                                        util::Milliseconds::zero(), kMaxRetryAfter);
        return answer;
    }
    AuthorizationAnswer answer;
    if (!problem.empty()) {
        answer.kind = AuthorizationAnswer::Kind::Refused;
        answer.problem = problem;
    } else if (raw.exchange != nullptr) {
        if (std::string breach = requestBreach(*raw.exchange); !breach.empty())
            return broken(breach);
        answer.kind = AuthorizationAnswer::Kind::Exchange;
        answer.exchange = copyOf(*raw.exchange);
    } else {
        if (std::string breach = headerBreach(raw.header);
            raw.header.name.ptr != nullptr && !breach.empty())
            return broken(breach);
        answer.kind = AuthorizationAnswer::Kind::Given;
        answer.authorization = given(raw);
    }
    return answer;
}

}  // namespace postbell::plugin
