// SPDX-License-Identifier: Apache-2.0
// What push servers answer, turned into outcomes. Input: two bytes for the status, a line for
// Retry-After, the body.
#include <cstdlib>

#include "response_classifier.h"

using namespace postbell;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t line = rest.find('\n');
    const postbell_header header{str("retry-after"), str(rest.substr(0, line)), 0};
    if (line != std::string_view::npos) rest.remove_prefix(line + 1);
    postbell_response raw{};
    raw.size = sizeof raw;
    raw.status = (data[0] * 256 + data[1]) % 700;
    raw.headers = &header;
    raw.header_count = 1;
    raw.body = bytes(rest);

    webpush::ResponseClassifier classifier;
    const Outcome outcome = classifier.classify(Response(raw), 1'767'225'600'000);
    // A label of metrics and a sentence for people: never of the answer's making.
    if (outcome.reason.empty() || outcome.reason.size() > 48) std::abort();
    if (outcome.retry_after_ms < 0 || outcome.retry_after_ms > 3'600'000) std::abort();
    if (outcome.result == OutcomeResult::Delivered && raw.status / 100 != 2) std::abort();
    if (outcome.result == OutcomeResult::TokenDead && raw.status != 404 && raw.status != 410)
        std::abort();
    return 0;
}
