// SPDX-License-Identifier: Apache-2.0
// What FCM and its authorization server answer, turned into outcomes and authorizations. Input: a
// byte for the status, a line for Retry-After, the body.
#include <cstdlib>

#include "access_token.h"
#include "response_classifier.h"

using namespace postbell;

namespace {

void judgeOutcome(const postbell_response& raw) {
    fcm::ResponseClassifier classifier;
    const Outcome outcome = classifier.classify(Response(raw), 1'767'225'600'000);
    // A label of metrics and a sentence for people: never of the answer's making.
    if (outcome.reason.empty() || outcome.reason.size() > 48) std::abort();
    if (outcome.retry_after_ms < 0 || outcome.retry_after_ms > 3'600'000) std::abort();
    if (outcome.result == OutcomeResult::Delivered && raw.status != 200) std::abort();
    if (outcome.result == OutcomeResult::TokenDead && raw.status / 100 != 4) std::abort();
}

void judgeAuthorization(const postbell_response& raw) {
    constexpr std::int64_t kNow = 1'767'225'600'000;
    Authorization given;
    fcm::readTokenAnswer(Response(raw), kNow, given);
    const bool granted = !given.name.empty();
    if (granted != given.problem.empty() || given.exchange) std::abort();
    if (granted &&
        (raw.status != 200 || given.renew_ms < kNow || given.expires_ms < given.renew_ms))
        std::abort();
    // Goes into a header and into logs.
    for (const std::string* text : {&given.value, &given.problem})
        for (const char c : *text)
            if (c < ' ' || c >= 0x7f) std::abort();
    if (given.problem.size() > 1024) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr int kStatuses[] = {0,   200, 302, 400, 401, 403, 404,
                                 408, 413, 429, 500, 503, 599, 700};
    if (size == 0) return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t line = rest.find('\n');
    const postbell_header header{str("retry-after"), str(rest.substr(0, line)), 0};
    if (line != std::string_view::npos) rest.remove_prefix(line + 1);
    postbell_response raw{};
    raw.size = sizeof raw;
    raw.status = kStatuses[data[0] % std::size(kStatuses)];
    raw.headers = &header;
    raw.header_count = 1;
    raw.body = bytes(rest);
    judgeOutcome(raw);
    judgeAuthorization(raw);
    return 0;
}
