// SPDX-License-Identifier: Apache-2.0
// What Apple answers, or a machine on the way, turned into outcomes. Input: a byte for the status,
// a line for Retry-After, the body. A body that begins with '<' comes without Apple's id.
#include <cstdlib>

#include "response_classifier.h"

using namespace postbell;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr int kStatuses[] = {0,   200, 400, 403, 404, 405, 410,
                                 413, 421, 429, 500, 503, 599, 700};
    if (size == 0) return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t line = rest.find('\n');
    const postbell_header headers[] = {{str("retry-after"), str(rest.substr(0, line)), 0},
                                       {str("apns-id"), str("7"), 0}};
    if (line != std::string_view::npos) rest.remove_prefix(line + 1);
    postbell_response raw{};
    raw.size = sizeof raw;
    raw.status = kStatuses[data[0] % std::size(kStatuses)];
    const bool identified = rest.empty() || rest.front() != '<';
    raw.headers = headers;
    raw.header_count = identified ? 2 : 1;
    raw.body = bytes(rest);

    apns::ResponseClassifier classifier(data[0] < 128);
    const Outcome outcome = classifier.classify(Response(raw), 1'767'225'600'000);

    // A label of metrics and a sentence for people: never of the answer's making.
    if (outcome.reason.empty() || outcome.reason.size() > 32) std::abort();
    if (outcome.retry_after_ms < 0 || outcome.retry_after_ms > 3'600'000) std::abort();
    if (outcome.dead_since_ms < 0) std::abort();
    const bool delivered = outcome.result == OutcomeResult::Delivered;
    if (delivered != (raw.status == 200 && identified)) std::abort();
    if (outcome.result == OutcomeResult::TokenDead && raw.status / 100 != 4) std::abort();
    return 0;
}
