// SPDX-License-Identifier: Apache-2.0
#include "engine/http1_session.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace postbell::engine;
using Catch::Matchers::Contains;

namespace {

struct Ended {
    std::uint64_t tag;
    Session::Ending ending;
    int status;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

class Owner final : public Session::Events {
  public:
    void requestEnded(Request& request, Session::Ending ending, std::string_view) override {
        Answer answer;
        request.fill(answer);
        Ended end{request.tag, ending, answer.status, std::string(answer.body), {}};
        for (const Header& header : answer.headers)
            end.headers.emplace_back(header.name, header.value);
        ended.push_back(end);
    }
    void settingsChanged() override {}
    void goawayReceived(std::uint32_t, std::string_view) override {}
    void pingAnswered() override {}

    std::vector<Ended> ended;
};

/// A session whose one request has been sent.
struct Bench {
    Owner owner;
    Http1Session session{owner};
    Request request;

    explicit Bench(const char* method = "POST") { send(method); }

    std::string send(const char* method = "POST") {
        const std::vector<Header> headers{{"ttl", "60"}, {"authorization", "vapid t=x", true}};
        REQUIRE(request.assign({method, "/push/1?a=b", headers, "body"}, "push.example:8443", 7)
                    .empty());
        REQUIRE(session.submit(request));
        std::string out;
        REQUIRE(session.produce(out, 16'384));
        return out;
    }
    /// One byte at a time: where the pieces end must not matter.
    bool feed(std::string_view bytes) {
        for (const char& c : bytes)
            if (!session.feed({&c, 1})) return false;
        return true;
    }
    std::string broken(std::string_view bytes) { return feed(bytes) ? "" : session.broken(); }
};

}  // namespace

TEST_CASE("a request is written as HTTP/1.1 has it", "[engine]") {
    Owner owner;
    Http1Session session(owner);
    Request request;
    const std::vector<Header> headers{{"ttl", "60"}};
    request.assign({"POST", "/push/1?a=b", headers, "body"}, "push.example:8443", 7);
    CHECK(session.limit() == 1);
    CHECK(session.submit(request));
    CHECK_FALSE(session.submit(request));

    std::string out;
    REQUIRE(session.produce(out, 16'384));

    CHECK(out ==
          "POST /push/1?a=b HTTP/1.1\r\nhost: push.example:8443\r\nttl: 60\r\n"
          "content-length: 4\r\n\r\nbody");
    CHECK(request.sent);
    CHECK(session.open() == 1);
    out.clear();
    REQUIRE(session.produce(out, 16'384));
    CHECK(out.empty());
}

TEST_CASE("a long request leaves in pieces", "[engine]") {
    Owner owner;
    Http1Session session(owner);
    Request request;
    const std::vector<Header> none;
    const std::string body(100'000, 'x');
    request.assign({"POST", "/", none, body}, "push.example", 7);
    session.submit(request);

    std::string all, piece;
    do {
        piece.clear();
        REQUIRE(session.produce(piece, 1'000));
        CHECK(piece.size() <= 1'000);
        all += piece;
    } while (!piece.empty());

    CHECK(all.size() > 100'000);
    CHECK(all.substr(all.size() - 100'000) == body);
}

TEST_CASE("an answer of a known length ends there, and another request may follow", "[engine]") {
    Bench bench;

    REQUIRE(
        bench.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nLocation:  /m/1 \r\n"
                   "Content-Length: 2\r\n\r\nok"));

    REQUIRE(bench.owner.ended.size() == 1);
    const Ended& end = bench.owner.ended[0];
    CHECK(end.tag == 7);
    CHECK(end.ending == Session::Ending::Answered);
    CHECK(end.status == 201);
    CHECK(end.body == "ok");
    CHECK(end.headers == std::vector<std::pair<std::string, std::string>>{{"location", "/m/1"},
                                                                          {"content-length", "2"}});
    CHECK(bench.session.limit() == 1);
    bench.send();
    REQUIRE(bench.feed("HTTP/1.1 410\r\ncontent-length:0\r\n\r\n"));
    CHECK(bench.owner.ended[1].status == 410);
    CHECK_FALSE(bench.session.finished());
}

TEST_CASE("an answer in chunks is put together", "[engine]") {
    Bench bench;

    REQUIRE(
        bench.feed("HTTP/1.1 429 Slow\r\nTransfer-Encoding: Chunked\r\nRetry-After: 5\r\n\r\n"
                   "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"));

    REQUIRE(bench.owner.ended.size() == 1);
    CHECK(bench.owner.ended[0].body == "abc0123456789");
    CHECK(bench.owner.ended[0].headers.size() == 2);
    CHECK(bench.session.limit() == 1);
}

TEST_CASE("an answer without a length ends with the connection", "[engine]") {
    Bench bench;
    REQUIRE(bench.feed("HTTP/1.1 200 OK\r\n\r\nall of it"));
    CHECK(bench.owner.ended.empty());

    bench.session.peerClosed();

    REQUIRE(bench.owner.ended.size() == 1);
    CHECK(bench.owner.ended[0].body == "all of it");
    CHECK(bench.session.finished());
    CHECK(bench.session.limit() == 0);
}

TEST_CASE("an answer that is cut off is none", "[engine]") {
    Bench bench;
    REQUIRE(bench.feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
    bench.session.peerClosed();
    CHECK(bench.owner.ended.empty());
}

TEST_CASE("a server that closes gets no other request", "[engine]") {
    for (const char* answer : {"HTTP/1.1 201 Created\r\nConnection: Keep-Alive, Close\r\n"
                               "Content-Length: 0\r\n\r\n",
                               "HTTP/1.0 201 Created\r\nContent-Length: 0\r\n\r\n"}) {
        Bench bench;
        REQUIRE(bench.feed(answer));
        CHECK(bench.owner.ended.size() == 1);
        CHECK(bench.session.finished());
        CHECK(bench.session.limit() == 0);
        CHECK_FALSE(bench.session.submit(bench.request));
    }
}

TEST_CASE("answers that have no body end with their head", "[engine]") {
    for (const char* answer : {"HTTP/1.1 204 No Content\r\n\r\n",
                               "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"}) {
        Bench bench;
        REQUIRE(bench.feed(answer));
        CHECK(bench.owner.ended.size() == 1);
    }
    Bench head("HEAD");
    REQUIRE(head.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
    CHECK(head.owner.ended.size() == 1);
}

TEST_CASE("an answer that two readers could read differently ends the connection", "[engine]") {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    for (const auto& [bytes, why] : std::vector<std::pair<std::string, const char*>>{
             {"SSH-2.0-OpenSSH\r\n", "no status line"},
             {"HTTP/2 200 OK\r\n", "no status line"},
             {"HTTP/1.1 2000\r\n", "no status"},
             {"HTTP/1.1 099 x\r\n", "no status"},
             {"HTTP/1.1 101 Switching Protocols\r\n", "switched"},
             {"HTTP/1.1 200 OK\n", "without CR"},
             {ok + "Name x\r\n", "no name"},
             {ok + " folded: x\r\n", "no name"},
             {ok + "Name : x\r\n", "no name"},
             {ok + ": x\r\n", "no name"},
             {ok + "a: b\x01\r\n", "control character"},
             {ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "beside a transfer"},
             {ok + "Content-Length: 5\r\nContent-Length: 6\r\n", "content-length"},
             {ok + "Content-Length: +5\r\n", "content-length"},
             {ok + "Content-Length: 5, 5\r\n", "content-length"},
             {ok + "Content-Length: 99999999999999999999\r\n", "content-length"},
             {ok + "Transfer-Encoding: gzip, chunked\r\n", "transfer coding"},
             {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
              "transfer coding"},
             {ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", "no size"},
             {ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", "no size"},
             {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nab", "too long"},
             {ok + "Content-Length: 0\r\n\r\nmore", "no request asked"}}) {
        CAPTURE(bytes);
        Bench bench;
        const std::string broken = bench.broken(bytes + "\r\n");
        if (std::string(why) != "too long") CHECK_THAT(broken, Contains(why));
        CHECK_FALSE(broken.empty());
        CHECK(bench.session.limit() == 0);
    }
}

TEST_CASE("an answer is bounded", "[engine]") {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    Bench line;
    CHECK_FALSE(line.session.feed(ok + "a: " + std::string(40'000, 'x')));
    Bench endless;
    CHECK_FALSE(endless.session.feed(std::string(40'000, 'x')));
    Bench fields;
    std::string many = ok;
    for (int i = 0; i < 101; ++i) many += "a: b\r\n";
    CHECK_FALSE(fields.session.feed(many));
    Bench interim;
    std::string answers;
    for (int i = 0; i < 17; ++i) answers += "HTTP/1.1 103 Early Hints\r\n\r\n";
    CHECK_FALSE(interim.session.feed(answers));
    Bench chunk;
    CHECK_FALSE(
        chunk.session.feed(ok + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(300, 'x')));

    // A body that is too long has its outcome in the status already.
    Bench body;
    REQUIRE(body.session.feed(ok + "Content-Length: 100000\r\n\r\n" + std::string(100'000, 'x')));
    REQUIRE(body.owner.ended.size() == 1);
    CHECK(body.owner.ended[0].body.size() == Answer::kMaxBodyBytes);
    CHECK(body.session.finished());
}

TEST_CASE("a server that sends what answers nothing is cut off", "[engine]") {
    Bench bench;
    CHECK(bench.session.charge(100));
    CHECK_FALSE(bench.session.charge(1'000'000));
    CHECK(bench.session.flooded());
}

TEST_CASE("bytes before a request are nobody's answer", "[engine]") {
    Owner owner;
    Http1Session session(owner);
    CHECK_FALSE(session.feed("HTTP/1.1 408 Request Timeout\r\n\r\n"));
    CHECK_THAT(session.broken(), Contains("no request asked"));
}

TEST_CASE("a request that is given up ends its connection", "[engine]") {
    Bench bench;
    bench.session.abandon(bench.request);
    std::string out;
    CHECK_FALSE(bench.session.produce(out, 16'384));
    CHECK_THAT(bench.session.broken(), Contains("in time"));
    CHECK(bench.session.limit() == 0);
}

TEST_CASE("a request that has not left stays here when the connection ends", "[engine]") {
    Owner owner;
    Http1Session session(owner);
    Request request;
    const std::vector<Header> none;
    request.assign({"POST", "/", none, "body"}, "push.example", 7);
    session.submit(request);

    session.sayGoodbye();

    std::string out;
    CHECK(session.produce(out, 16'384));
    CHECK(out.empty());
    CHECK_FALSE(request.sent);
}

TEST_CASE("a server that answers before it has the request gets no other", "[engine]") {
    Owner owner;
    Http1Session session(owner);
    Request request;
    const std::vector<Header> none;
    const std::string body(100'000, 'x');
    request.assign({"POST", "/", none, body}, "push.example", 7);
    session.submit(request);
    std::string out;
    session.produce(out, 1'000);

    REQUIRE(session.feed("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"));

    CHECK(owner.ended.at(0).status == 413);
    CHECK(session.finished());
}
