// SPDX-License-Identifier: Apache-2.0
#include "engine/request_check.h"

#include "engine_fixture.h"

using namespace postbell;
using namespace postbell::test;
using engine::Failure;
using engine::Header;
using engine::http2Breach;

namespace {

std::string breachOf(const std::string& name, const std::string& value) {
    const std::vector<Header> headers{{name, value}};
    return std::string(http2Breach({"POST", "/3/device/aa", headers, "{}"}));
}

std::string breachOfPath(const std::string& path, const std::string& method = "POST") {
    const std::vector<Header> headers;
    return std::string(http2Breach({method, path, headers, {}}));
}

}  // namespace

TEST_CASE("a request that HTTP/2 carries is let through", "[engine]") {
    CHECK(breachOf("apns-topic", "com.example.mail") == "");
    CHECK(breachOf("x-empty", "") == "");
    CHECK(breachOf("x-blank", "a b\tc") == "");
    CHECK(breachOf("x-utf8", "\xc3\xbc") == "");
    CHECK(breachOf("!#$%&'*+-.^_`|~09az", "1") == "");
    CHECK(breachOfPath("/") == "");
    CHECK(breachOfPath("/v1/projects/a:send?x=%20&y='~", "GET") == "");
}

TEST_CASE("a request that HTTP/2 does not carry is refused, and the reason given", "[engine]") {
    const auto name =
        GENERATE(as<std::string>{}, "", "Apns-Topic", "a b", "a:b", ":path", "a\n", "\xc3\xbc",
                 "connection", "host", "content-length", "transfer-encoding", "te", "upgrade");
    CAPTURE(name);
    CHECK_FALSE(breachOf(name, "1").empty());

    const auto value = GENERATE(as<std::string>{}, "a\r\nx-injected: 1", "a\nb", "a\rb", " a", "a ",
                                "\ta", "a\t", "\x7f", "\x01");
    CAPTURE(value);
    CHECK_FALSE(breachOf("x", value).empty());
    CHECK_FALSE(breachOf("x", std::string("a\0b", 3)).empty());

    const auto path = GENERATE(as<std::string>{}, "", "a", "/a b", "/a\r\n", "/\xc3\xbc", "/a#b",
                               "http://h/", "*");
    CAPTURE(path);
    CHECK_FALSE(breachOfPath(path).empty());
    CHECK_FALSE(breachOfPath("/", "").empty());
    CHECK_FALSE(breachOfPath("/", "POST X").empty());
    CHECK_FALSE(breachOfPath("/", "post").empty());
}

TEST_CASE("a malformed request is answered so, nothing is sent, and the pool goes on", "[engine]") {
    EngineFixture fixture;
    H2TestServer server(fixture.certificate, {});
    fixture.open(fixture.options(server.origin()));

    fixture.submit(1, "/a b");
    const auto first = fixture.sink.wait(1);
    CHECK(first.failure == Failure::Malformed);
    CHECK_THAT(first.detail, Catch::Matchers::Contains("path"));
    CHECK(server.connections() == 0);

    CHECK(fixture.ask(2).status == 200);
    fixture.submit(3, "/", {{"X-Upper", "1"}});
    CHECK(fixture.sink.wait(3).failure == Failure::Malformed);
    fixture.submit(4, "/", {{"x", "a\r\nb: c"}});
    CHECK(fixture.sink.wait(4).failure == Failure::Malformed);
    CHECK(fixture.ask(5).status == 200);
    CHECK(server.requests().size() == 2);
    CHECK(server.connections() == 1);
}
