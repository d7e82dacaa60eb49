// SPDX-License-Identifier: Apache-2.0
#include "net/framing.h"

#include <catch2/catch.hpp>

using namespace postbell::net;

namespace {

/// Scans and parses a head that came in one piece.
std::optional<Refusal> read(std::string_view bytes, RequestHead& head, HeadLimits limits = {}) {
    HeadScanner scanner(limits);
    switch (scanner.scan(bytes)) {
        case HeadScanner::Progress::Incomplete:
            return Refusal{0, "incomplete"};
        case HeadScanner::Progress::Refused:
            return scanner.refusal();
        case HeadScanner::Progress::Complete:
            break;
    }
    return parseHead(bytes.substr(scanner.begin(), scanner.end() - scanner.begin()), head);
}

int statusOf(std::string_view bytes, HeadLimits limits = {}) {
    RequestHead head;
    const auto refusal = read(bytes, head, limits);
    return refusal ? refusal->status : 200;
}

int statusOfFields(const std::string& fields) {
    return statusOf("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
}

}  // namespace

TEST_CASE("a head is taken apart into method, path, query and fields with names in lower case") {
    RequestHead head;

    REQUIRE_FALSE(
        read("PUT /ews/t%20k?a=1?b HTTP/1.1\r\nHost: Mail.example:8444\r\nX-Note:\t two words \r\n"
             "content-LENGTH: 12\r\nEmpty:\r\n\r\n",
             head));

    CHECK(head.method == "PUT");
    CHECK(head.path == "/ews/t%20k");
    CHECK(head.query == "a=1?b");
    CHECK(head.headers == HeaderList{{"host", "Mail.example:8444"},
                                     {"x-note", "two words"},
                                     {"content-length", "12"},
                                     {"empty", ""}});
    CHECK(head.content_length == 12);
    CHECK(head.keep_alive);
    CHECK_FALSE(head.chunked);
}

TEST_CASE("a head that comes byte by byte reads as in one piece") {
    const std::string bytes = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    HeadScanner scanner({});
    for (std::size_t size = 1; size < bytes.size(); ++size)
        REQUIRE(scanner.scan(std::string_view(bytes).substr(0, size)) ==
                HeadScanner::Progress::Incomplete);

    CHECK(scanner.scan(bytes + "next") == HeadScanner::Progress::Complete);
    CHECK(scanner.begin() == 2);
    CHECK(scanner.end() == bytes.size());
}

TEST_CASE("keep-alive follows version and Connection") {
    const auto keepAlive = [](const std::string& version, const std::string& field) {
        RequestHead head;
        REQUIRE_FALSE(read("GET / " + version + "\r\nHost: a\r\n" + field + "\r\n", head));
        return head.keep_alive;
    };
    CHECK(keepAlive("HTTP/1.1", ""));
    CHECK(keepAlive("HTTP/1.0", "Connection: Keep-Alive\r\n"));
    CHECK_FALSE(keepAlive("HTTP/1.0", ""));
    CHECK_FALSE(keepAlive("HTTP/1.1", "Connection: close\r\n"));
    CHECK_FALSE(keepAlive("HTTP/1.1", "Connection: x , CLOSE\r\nConnection: keep-alive\r\n"));
}

TEST_CASE("framing that a proxy might read otherwise is refused") {
    for (const char* fields : {
             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
             "Content-Length: 5\r\nContent-Length: 5\r\n",
             "Content-Length: 5, 5\r\n",
             "Content-Length: +5\r\n",
             "Content-Length: -5\r\n",
             "Content-Length: 0x5\r\n",
             "Content-Length: 5 5\r\n",
             "Content-Length:\r\n",
             "Content-Length: =?utf-8?Q?5?=\r\n",
             "Transfer-Encoding: gzip, chunked\r\n",
             "Transfer-Encoding: chunked, chunked\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: identity\r\n",
             "Transfer-Encoding:\r\n",
             "Transfer-Encoding: \x0b"
             "chunked\r\n",
             "X: a\r\n folded\r\n",
             "X: a\r\n\tfolded\r\n",
             "no colon\r\n",
             ": no name\r\n",
             "X : space before the colon\r\n",
             "X\t: tab before the colon\r\n",
             "X: bare LF\nY: b\r\n",
             "X: bare\rCR\r\n",
             "X: control\x01\r\n",
             "X: delete\x7f\r\n",
             "X\x80: name\r\n",
             "Host: b\r\n",
         }) {
        CAPTURE(fields);
        CHECK(statusOfFields(fields) == 400);
    }
    CHECK(statusOfFields(std::string("X: a\0b\r\n", 8)) == 400);
}

TEST_CASE("HTTP/1.1 wants one Host, HTTP/1.0 none, and it must look like one") {
    CHECK(statusOf("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(statusOf("GET / HTTP/1.0\r\n\r\n") == 200);
    CHECK(statusOf("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n") == 200);
    for (const char* host : {"a/b", "a b", "a@b", "a,b", "a\"b", "\xc3\xa4"}) {
        CAPTURE(host);
        CHECK(statusOf(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n") == 400);
    }
}

TEST_CASE("a target is a path, or an absolute form that names the same host") {
    const auto targetStatus = [](const std::string& target) {
        return statusOf("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    };
    RequestHead head;
    REQUIRE_FALSE(read("GET HTTPS://A?q HTTP/1.1\r\nHost: a\r\n\r\n", head));
    CHECK(head.path == "/");
    CHECK(head.query == "q");
    for (const char* target : {"http://a/x", "http://a:80/x", "https://A:443/x", "http://a:/x"}) {
        CAPTURE(target);
        CHECK(targetStatus(target) == 200);
    }
    CHECK(statusOf("GET http://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n") == 200);
    for (const char* target : {"http://b/x", "http://a:443/x", "https://a:80/x", "http://a:8080/x",
                               "http:///x", "http:/a", "ftp://a/x", "http://u@a/x", "a:443", "*",
                               "x", "/a#b", "/\xc3\xa4", "/a\x01"}) {
        CAPTURE(target);
        CHECK(targetStatus(target) == 400);
    }
    CHECK(statusOf("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
}

TEST_CASE("a body in a content coding is 415, which names it; without a body it does not matter") {
    const auto refusalOf = [](const std::string& fields) {
        RequestHead head;
        return read("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n", head);
    };
    for (const char* coding :
         {"gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "gzip, br", "x"}) {
        CAPTURE(coding);
        const std::string field = "Content-Encoding: " + std::string(coding) + "\r\n";
        CHECK(statusOf("POST / HTTP/1.1\r\nHost: a\r\n" + field + "Content-Length: 1\r\n\r\n") ==
              415);
        CHECK(statusOf("POST / HTTP/1.1\r\nHost: a\r\n" + field +
                       "Transfer-Encoding: chunked\r\n\r\n") == 415);
        CHECK(statusOf("POST / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n") == 200);
    }
    CHECK(statusOf("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity\r\n"
                   "Content-Length: 1\r\n\r\n") == 200);
    const auto refusal = refusalOf("Content-Encoding: gzip\r\nContent-Length: 1\r\n");
    REQUIRE(refusal);
    CHECK(refusal->title.find("gzip") != std::string_view::npos);
}

TEST_CASE("a request line that is none is refused at once, without waiting for the rest") {
    for (const char* bytes : {"GET /\r\n", "GET / HTTP/1.1 \r\n", "GET  HTTP/1.1\n",
                              "/ HTTP/11\r\n", "SSH-2.0-OpenSSH_9\r\n", "\n", "\x16\x03\x01",
                              "\x80\x2e\x01", " GET", "\r\n\r\n", "\rG\r\n"}) {
        CAPTURE(bytes);
        CHECK(statusOf(bytes) == 400);
    }
    CHECK(statusOf(std::string_view("\0", 1)) == 400);
}

TEST_CASE("methods and versions are checked") {
    CHECK(statusOf("G(T / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(statusOf(std::string(33, 'G') + " / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(statusOf("GET / HTTP/1.2\r\nHost: a\r\n\r\n") == 200);
    CHECK(statusOf("GET / HTTP/1.9\r\nHost: a\r\n\r\n") == 200);
    CHECK(statusOf("GET / HTTP/1.10\r\nHost: a\r\n\r\n") == 400);
    CHECK(statusOf("GET / HTTP/1.x\r\nHost: a\r\n\r\n") == 400);
    CHECK(statusOf("GET / HTTP/0.9\r\nHost: a\r\n\r\n") == 505);
    CHECK(statusOf("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
    CHECK(statusOf("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(statusOf("GET / a HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
    CHECK(statusOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 400);
}

TEST_CASE("too much is refused before it has all come") {
    const HeadLimits limits{.bytes = 100, .fields = 3};
    CHECK(statusOf("GET /" + std::string(200, 'a'), limits) == 414);
    CHECK(statusOf("GET / HTTP/1.1\r\nX: " + std::string(200, 'a'), limits) == 431);
    CHECK(statusOf("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n", limits) == 431);
    CHECK(statusOf("GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits) == 200);
    CHECK(statusOfFields("Content-Length: 99999999999999999999999\r\n") == 413);
}

TEST_CASE("the only expectation is 100-continue, and HTTP/1.0 has none") {
    CHECK(statusOfFields("Expect: 100-Continue\r\n") == 200);
    CHECK(statusOfFields("Expect: 200-ok\r\n") == 417);
    CHECK(statusOf("POST / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n") == 200);
    CHECK(statusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}
