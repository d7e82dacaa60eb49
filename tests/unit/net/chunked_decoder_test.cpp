// SPDX-License-Identifier: Apache-2.0
#include "net/chunked_decoder.h"

#include <catch2/catch.hpp>

using namespace postbell::net;

namespace {

struct Decoded {
    std::string body;
    std::size_t used = 0;
    bool done = false;
    int status = 200;
};

Decoded decode(std::string_view bytes, ChunkedLimits limits = {},
               std::size_t piece = std::string_view::npos) {
    ChunkedDecoder decoder(limits);
    Decoded result;
    while (result.used < bytes.size() && !decoder.done() && !decoder.refusal())
        result.used += decoder.feed(bytes.substr(result.used, piece), result.body);
    result.done = decoder.done();
    if (decoder.refusal()) result.status = decoder.refusal()->status;
    return result;
}

}  // namespace

TEST_CASE("chunks are put together, however they arrive") {
    const std::string bytes =
        "5\r\nhello\r\n00A;name=\"v\"; x\r\n, chunked!\r\n0\r\nTrailer: x\r\n\r\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, bytes.size() + 99}) {
        CAPTURE(piece);
        const Decoded result = decode(bytes + "GET / ", {}, piece);
        CHECK(result.done);
        CHECK(result.body == "hello, chunked!");
        CHECK(result.used >= bytes.size());
    }
    CHECK(decode(bytes + "GET / ").used == bytes.size());
}

TEST_CASE("blanks may stand between a chunk's size and its extension, or its end") {
    CHECK(decode("1 \r\nx\r\n0 \t;a=b\r\n\r\n").body == "x");
    CHECK(decode("1 \r\nx\r\n0 \t;a=b\r\n\r\n").done);
}

TEST_CASE("a malformed chunked body is refused") {
    for (const char* bytes : {"\r\n",
                              "g\r\n",
                              "-1\r\n",
                              "+1\r\n",
                              "0x1\r\n",
                              "1\nx\r\n",
                              "1\rx",
                              ";a\r\n",
                              " 1\r\n",
                              "1\r\nxy\r\n",
                              "1\r\nx\n0\r\n",
                              "1;a\nb\r\n",
                              "1 0\r\nx",
                              "1 a;b\r\nx",
                              "1\t1\r\n",
                              "1;a\x01\r\n",
                              "0\r\nno colon\r\n\r\n",
                              "0\r\nA : b\r\n\r\n",
                              "0\r\n\n",
                              "0\r\nA: b\n\r\n\r\n",
                              "0\r\n folded: x\r\n\r\n"}) {
        CAPTURE(bytes);
        CHECK(decode(bytes).status == 400);
    }
}

TEST_CASE("a chunked body has limits: its size, size lines, extensions, trailers") {
    CHECK(decode("5\r\nhello\r\n1\r\n", {.body_bytes = 5}).status == 413);
    CHECK(decode("5\r\nhello\r\n0\r\n\r\n", {.body_bytes = 5}).done);
    CHECK(decode("ffffffffffffffff\r\n").status == 413);
    CHECK(decode("0000000000000000001\r\n").status == 413);
    CHECK(decode("1;" + std::string(300, 'a')).status == 400);
    CHECK(decode("1;aaaaaaaa\r\nx\r\n1;aaaaaaaa\r\nx\r\n", {.extension_bytes = 12}).status == 400);
    CHECK(decode("0\r\nA: " + std::string(9000, 'a')).status == 431);
    CHECK(decode("0\r\nA: 1\r\nB: 2\r\n\r\n", {.trailer_fields = 1}).status == 431);
}
