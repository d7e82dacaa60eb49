// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"

#include <catch2/catch.hpp>

using namespace postbell::webpush;

namespace {

std::string normal(std::string_view url) {
    const auto endpoint = parseEndpoint(url);
    return endpoint ? endpoint->origin + " " + endpoint->path : "none";
}

}  // namespace

TEST_CASE("an endpoint is an origin and a path with its query") {
    CHECK(normal("https://updates.push.services.mozilla.com/wpush/v2/gAAA_-x") ==
          "https://updates.push.services.mozilla.com /wpush/v2/gAAA_-x");
    CHECK(normal("https://wns2-par02p.notify.windows.com/w/?token=BQYA%2bx%2f%3d") ==
          "https://wns2-par02p.notify.windows.com /w/?token=BQYA%2bx%2f%3d");
    CHECK(normal("https://ntfy.example.com:8443/upabc?up=1") ==
          "https://ntfy.example.com:8443 /upabc?up=1");
    CHECK(normal("https://push.example.com") == "https://push.example.com /");
    CHECK(normal("https://push.example.com?id=1") == "https://push.example.com /?id=1");
    CHECK(normal("https://192.0.2.1/a") == "https://192.0.2.1 /a");
}

TEST_CASE("spellings of one endpoint are one endpoint") {
    CHECK(normal("HTTPS://Push.Example.COM:443/CaseMatters") ==
          "https://push.example.com /CaseMatters");
    CHECK(normal("https://[2001:DB8:0:0::1]:8443/a") == "https://[2001:db8::1]:8443 /a");
}

TEST_CASE("what is no https URL is no endpoint") {
    for (const char* text : {"",
                             "https://",
                             "https:///a",
                             "http://push.example.com/a",
                             "ftp://push.example.com/a",
                             "push.example.com/a",
                             "https://user@push.example.com/a",
                             "https://push.example.com:/a",
                             "https://push.example.com:0/a",
                             "https://push.example.com:65536/a",
                             "https://push.example.com:+1/a",
                             "https://push.example.com:0443/a",
                             "https://push.example.com/a#b",
                             "https://push.example.com/a b",
                             "https://push.example.com/a\n",
                             "https://push.example.com/\x7f",
                             "https://b\xc3\xbc.example/a",
                             "https://push%2eexample.com/a",
                             "https://[::1/a",
                             "https://[::g]/a",
                             "https://[]/a",
                             "https://push.example.com\\a"}) {
        CAPTURE(text);
        CHECK(normal(text) == "none");
    }
    using namespace std::string_view_literals;
    CHECK(normal("https://push.example.com/\0a"sv) == "none");
    const std::string long_path(kMaxEndpointBytes, 'a');
    CHECK(normal("https://push.example.com/" + long_path) == "none");
}
