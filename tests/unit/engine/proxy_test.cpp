// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.h"

#include "engine/proxy_connect.h"
#include "support/connect_proxy.h"

using namespace postbell;
using namespace postbell::test;
using Catch::Matchers::Contains;
using engine::ProxyAddress;
using engine::ProxyAnswer;

TEST_CASE("a proxy is http://host:port and nothing else", "[engine]") {
    CHECK(ProxyAddress::parse("http://proxy.example.com:8080").text() == "proxy.example.com:8080");
    CHECK(ProxyAddress::parse("http://[::1]:3128/").text() == "[::1]:3128");
    for (const char* text :
         {"", "proxy:8080", "https://proxy:8080", "http://proxy", "http://user:x@proxy:8080",
          "http://[::1]", "http://proxy:0", "http://proxy:8080/path"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(ProxyAddress::parse(text), std::invalid_argument);
    }
}

TEST_CASE("a proxy's answer may come byte by byte", "[engine]") {
    ProxyAnswer answer;
    const std::string head = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";

    for (std::size_t i = 0; i + 1 < head.size(); ++i)
        REQUIRE(answer.add({&head[i], 1}) == ProxyAnswer::State::Incomplete);

    CHECK(answer.add("\n") == ProxyAnswer::State::Accepted);
}

TEST_CASE("a proxy's interim answers come before its answer, in bounds", "[engine]") {
    const std::string interim = "HTTP/1.1 100 Continue\r\nVia: x\r\n\r\n";
    const std::string yes = "HTTP/1.1 200 OK\r\n\r\n";

    CHECK(ProxyAnswer().add(interim + interim + yes) == ProxyAnswer::State::Accepted);
    ProxyAnswer by_bits;
    CHECK(by_bits.add(interim + "HTTP/1.1 1") == ProxyAnswer::State::Incomplete);
    CHECK(by_bits.add("02 Processing\r\n\r\n") == ProxyAnswer::State::Incomplete);
    CHECK(by_bits.add(yes) == ProxyAnswer::State::Accepted);

    ProxyAnswer endless;
    ProxyAnswer::State state = ProxyAnswer::State::Incomplete;
    for (int i = 0; i < 1'000 && state == ProxyAnswer::State::Incomplete; ++i)
        state = endless.add(interim);
    CHECK(state == ProxyAnswer::State::Refused);
    CHECK(ProxyAnswer().add("HTTP/1.1 101 Switching Protocols\r\n\r\n") ==
          ProxyAnswer::State::Refused);
    CHECK(ProxyAnswer().add(interim + "HTTP/1.1 403 No\r\n\r\n") == ProxyAnswer::State::Refused);
    CHECK(ProxyAnswer().add(interim + "SSH-2.0-x\r\n\r\n") == ProxyAnswer::State::Refused);
}

TEST_CASE("a proxy's bad answer is refused with its reason", "[engine]") {
    const auto reason = [](const std::string& bytes) {
        ProxyAnswer answer;
        CHECK(answer.add(bytes) == ProxyAnswer::State::Refused);
        return answer.reason();
    };
    CHECK_THAT(reason("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
               Contains("user name and password"));
    CHECK_THAT(reason("HTTP/1.0 403 Forbidden\x1b[31m\r\n\r\n"), Contains("403 Forbidden [31m"));
    CHECK_THAT(reason("SSH-2.0-OpenSSH"), Contains("does not speak HTTP/1"));
    CHECK_THAT(reason("HTTP/1.1 abc\r\n\r\n"), Contains("status line"));
    CHECK_THAT(reason("HTTP/1.1 2\r\n\r\n"), Contains("status line"));
    CHECK_THAT(reason("HTTP/1.1 200 OK\r\n\r\nhello"), Contains("of its own"));
    CHECK_THAT(reason("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')), Contains("16 KiB"));
}

TEST_CASE("requests go through the proxy's tunnel, and the proxy sees only host and port",
          "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    ConnectProxy proxy;
    auto options = fixture.options(server.origin());
    options.proxy = proxy.url();
    fixture.open(options);

    CHECK(fixture.ask(1).status == 200);
    CHECK(proxy.requestLines() ==
          std::vector<std::string>{"CONNECT 127.0.0.1:" + std::to_string(server.port()) +
                                   " HTTP/1.1"});
}

TEST_CASE("a proxy that refuses is named in the answer", "[engine]") {
    EngineFixture fixture;
    ConnectProxy proxy(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
    auto options = fixture.options("https://api.push.example");
    options.proxy = proxy.url();
    fixture.open(options);

    const auto answer = fixture.ask(1);

    CHECK(answer.failure == engine::Failure::Connect);
    CHECK_THAT(answer.detail,
               Contains("api.push.example:443") && Contains("127.0.0.1") && Contains("407"));
}
