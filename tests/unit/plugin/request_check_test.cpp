// SPDX-License-Identifier: Apache-2.0
#include "plugin/request_check.h"

#include <catch2/catch.hpp>

#include <string_view>

using namespace postbell;

namespace {

postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

struct Request {
    Request() { reset(); }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    void reset() {
        headers[0] = {text("apns-topic"), text("com.example mail\tapp"), 0};
        raw = {};
        raw.size = sizeof raw;
        raw.method = text("POST");
        raw.origin = text("https://push.example.com");
        raw.path = text("/3/device/token?x=%20");
        raw.headers = headers;
        raw.header_count = 1;
    }
    std::string breach() const { return plugin::requestBreach(raw); }

    postbell_header headers[1];
    postbell_http_request raw{};
};

using Catch::Contains;
using namespace std::string_view_literals;

}  // namespace

TEST_CASE("a request that keeps the contract has no breach", "[plugin]") {
    CHECK(Request().breach().empty());
    Request bare;
    bare.raw.headers = nullptr;
    bare.raw.header_count = 0;
    CHECK(bare.breach().empty());
}

TEST_CASE("a breach names the field", "[plugin]") {
    Request request;
    for (const std::string_view method : {""sv, "post"sv, "PO ST"sv, "POST\r\n"sv, "P\0ST"sv}) {
        request.raw.method = text(method);
        CHECK_THAT(request.breach(), Contains("method"));
    }
    request.raw.method = text("CONNECT");
    CHECK_THAT(request.breach(), Contains("method CONNECT"));
    request.raw.method = {nullptr, 4};
    CHECK_THAT(request.breach(), Contains("method"));

    request.reset();
    for (const std::string_view path :
         {""sv, "push"sv, "/a b"sv, "/a\nb"sv, "/a\0b"sv, "/\xc3\xa4"sv, "/\x7f"sv, "/a#b"sv}) {
        request.raw.path = text(path);
        CHECK_THAT(request.breach(), Contains("path"));
    }

    request.reset();
    request.raw.headers = nullptr;
    CHECK_THAT(request.breach(), Contains("headers"));
    request.reset();
    request.raw.body = {nullptr, 3};
    CHECK_THAT(request.breach(), Contains("body"));
}

TEST_CASE("a header is a lower-case name and a value of one line", "[plugin]") {
    Request request;
    for (const std::string_view name :
         {""sv, "Apns-Topic"sv, "a b"sv, "a:b"sv, ":path"sv, "a\n"sv, "\xc3\xa4"sv}) {
        request.headers[0].name = text(name);
        CHECK_THAT(request.breach(), Contains("lower case"));
    }
    for (const char* name : {"content-length", "connection", "host", "transfer-encoding", "te",
                             "upgrade", "keep-alive", "proxy-connection"}) {
        request.headers[0].name = text(name);
        CHECK_THAT(request.breach(), Contains("the gateway's own"));
    }
    request.reset();
    for (const std::string_view value : {"a\r\nb: c"sv, "a\nb"sv, "a\0b"sv, "\x01"sv, "\x7f"sv}) {
        request.headers[0].value = text(value);
        CHECK_THAT(request.breach(), Contains("control character"));
    }
    for (const char* value : {"a\n", "a\r\n"}) {
        request.headers[0].value = text(value);
        CHECK_THAT(request.breach(), Contains("a line break at its end"));
    }
    for (const char* value : {" a", "a ", "\ta", "a\t"}) {
        request.headers[0].value = text(value);
        CHECK_THAT(request.breach(), Contains("blank"));
    }
    request.headers[0].value = {nullptr, 2};
    CHECK_THAT(request.breach(), Contains("points to nothing"));
    for (const std::string_view good : {""sv, "a"sv, "a b\tc"sv, "\xc3\xa4"sv}) {
        request.headers[0].value = text(good);
        CHECK(request.breach().empty());
    }
}

TEST_CASE("the sentence on a breach is bounded and of one line", "[plugin]") {
    Request request;
    const std::string endless = "/\n" + std::string(10'000, 'x');
    request.raw.path = text(endless);
    CHECK(request.breach().size() < 200);
    CHECK(request.breach().find('\n') == std::string::npos);
}

TEST_CASE("no text of a request is read beyond its limit", "[plugin]") {
    constexpr std::size_t kAbsurd = std::size_t{1} << 40;
    Request request;
    const auto refuses = [&](const char* field, std::size_t& length) {
        length = kAbsurd;
        CHECK_THAT(request.breach(), Contains(field) && Contains("1099511627776"));
        request.reset();
    };
    refuses("the method", request.raw.method.len);
    refuses("the origin", request.raw.origin.len);
    refuses("the path", request.raw.path.len);
    refuses("the name of a header", request.headers[0].name.len);
    refuses("the value of the header \"apns-topic\"", request.headers[0].value.len);
    refuses("headers", request.raw.header_count);
    request.raw.body = {reinterpret_cast<const std::uint8_t*>("x"), 0};
    refuses("the body", request.raw.body.len);
}

TEST_CASE("a request may be as large as its limits", "[plugin]") {
    Request request;
    const std::string body(POSTBELL_MAX_REQUEST_BYTES, 'b');
    const std::string value(POSTBELL_MAX_HEADER_VALUE_BYTES, 'v');
    const std::string path = "/" + std::string(POSTBELL_MAX_PATH_BYTES - 1, 'p');
    request.raw.body = {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()};
    request.raw.path = text(path);
    request.headers[0].value = text(value);
    CHECK(request.breach().empty());
}
