// SPDX-License-Identifier: Apache-2.0
// A push network's bytes through the HTTP/2 session into the classifier: status, headers and body
// as the engine hands them, HPACK and all. Input: frames that follow the server's SETTINGS.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http2_session.h"
#include "response_classifier.h"

namespace {

using namespace postbell;
using namespace postbell::engine;

constexpr int kRequests = 4;

void require(bool holds) {
    if (!holds) std::abort();
}

class Owner final : public Http2Session::Events {
  public:
    void requestEnded(engine::Request& request, Http2Session::Ending ending,
                      std::string_view) override {
        if (ending != Http2Session::Ending::Answered) return;
        Answer answer;
        request.fill(answer);
        std::vector<postbell_header> headers;
        for (const engine::Header& h : answer.headers)
            headers.push_back({str(h.name), str(h.value), 0});
        postbell_response raw{};
        raw.size = sizeof raw;
        raw.status = answer.status;
        raw.headers = headers.data();
        raw.header_count = headers.size();
        raw.body = bytes(answer.body);
        raw.detail = str(answer.detail);

        const Outcome outcome = classifier.classify(Response(raw), 1'767'225'600'000);

        require(!outcome.reason.empty() && outcome.reason.size() <= 32);
        require(outcome.retry_after_ms >= 0 && outcome.retry_after_ms <= 3'600'000);
        require(outcome.dead_since_ms >= 0);
        const bool delivered = outcome.result == OutcomeResult::Delivered;
        require(!delivered || answer.status == 200);
        // Without Apple's id a 200 may be a proxy's.
        const bool is_apples = !Response(raw).header("apns-id").empty();
        require(delivered || answer.status != 200 || !is_apples);
    }
    void settingsChanged() override {}
    void goawayReceived(std::uint32_t, std::string_view) override {}
    void pingAnswered() override {}

    apns::ResponseClassifier classifier{true};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    engine::Request requests[kRequests];
    Owner owner;
    Http2Session session(owner);
    const std::vector<engine::Header> headers{{"apns-topic", "com.example.mail"}};
    for (std::uint64_t tag = 0; tag < kRequests; ++tag) {
        requests[tag].assign({"POST", "/3/device/aa", headers, "{}"}, "localhost", tag);
        session.submit(requests[tag]);
    }
    std::string out;
    if (!session.feed(std::string_view("\0\0\0\4\0\0\0\0\0", 9)) ||
        !session.produce(out, 64 * 1024))
        return 0;
    if (session.feed(input)) session.produce(out, 64 * 1024);
    return 0;
}
