// SPDX-License-Identifier: Apache-2.0
// A server's bytes against the HTTP/2 and HTTP/1.1 sessions and a proxy's against the CONNECT
// answer: every request must be handed back once, whatever comes.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/http1_session.h"
#include "engine/http2_session.h"
#include "engine/proxy_connect.h"

namespace {

using namespace postbell::engine;

constexpr int kRequests = 4;

class Owner final : public Http2Session::Events {
  public:
    void requestEnded(Request& request, Http2Session::Ending, std::string_view) override {
        if (++ended[request.tag] > 1) std::abort();
        Answer answer;
        request.fill(answer);
        if (answer.body.size() > Answer::kMaxBodyBytes) std::abort();
    }
    void settingsChanged() override {}
    void goawayReceived(std::uint32_t, std::string_view) override {}
    void pingAnswered() override {}

    int ended[kRequests] = {};
};

void runSession(std::string_view bytes) {
    Request requests[kRequests];
    Owner owner;
    Http2Session session(owner);
    const std::vector<Header> headers{{"apns-topic", "com.example.mail"},
                                      {"authorization", "x", true}};
    for (std::uint64_t tag = 0; tag < kRequests; ++tag) {
        requests[tag].assign(
            {tag == 0 ? "GET" : "POST", "/3/device/aa", headers, tag == 0 ? "" : "{}"}, "localhost",
            tag);
        session.submit(requests[tag]);
    }
    std::string out;
    session.produce(out, 64 * 1024);
    for (std::size_t turn = 0; !bytes.empty() && !session.finished(); ++turn) {
        const std::string_view chunk = bytes.substr(0, 1 + turn % 97);
        bytes.remove_prefix(chunk.size());
        if (!session.feed(chunk)) return;
        if (turn == 3 && owner.ended[1] == 0) session.abandon(requests[1]);
        out.clear();
        if (!session.produce(out, 64 * 1024)) return;
    }
}

/// One request at a time, until the session takes no more.
void runHttp1(std::string_view bytes) {
    Request requests[kRequests];
    Owner owner;
    Http1Session session(owner);
    const std::vector<Header> headers{{"ttl", "60"}};
    std::string out;
    std::uint64_t next = 0;
    for (std::size_t turn = 0; !bytes.empty() && !session.finished(); ++turn) {
        if (session.open() < session.limit()) {
            if (next == kRequests) return;
            requests[next].assign({"POST", "/push/a", headers, "{}"}, "localhost", next);
            if (!session.submit(requests[next++])) std::abort();
            out.clear();
            if (!session.produce(out, 64 * 1024)) std::abort();
        }
        const std::string_view chunk = bytes.substr(0, 1 + turn % 97);
        bytes.remove_prefix(chunk.size());
        if (!session.feed(chunk)) {
            if (session.broken().empty() || session.limit() != 0) std::abort();
            return;
        }
    }
    session.peerClosed();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    // Half of the inputs begin where a server's SETTINGS have been understood already.
    runSession(bytes);
    runSession(std::string("\0\0\0\4\0\0\0\0\0", 9).append(bytes));
    runHttp1(bytes);
    runHttp1(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").append(bytes));
    ProxyAnswer answer;
    answer.add(bytes);
    ProxyAnswer in_parts;
    for (std::size_t i = 0; i < size && i < 20'000; ++i)
        if (in_parts.add(bytes.substr(i, 1)) != ProxyAnswer::State::Incomplete) break;
    return 0;
}
