// SPDX-License-Identifier: Apache-2.0
#include "token_endpoint.h"

#include <catch2/catch.hpp>

using namespace postbell::fcm;

TEST_CASE("an https address is taken apart") {
    CHECK(parseUrl("https://oauth2.googleapis.com/token")->origin ==
          "https://oauth2.googleapis.com");
    CHECK(parseUrl("https://oauth2.googleapis.com/token")->path == "/token");
    CHECK(parseUrl("https://HOST.Example:443/a/b")->text() == "https://host.example/a/b");
    CHECK(parseUrl("https://127.0.0.1:8443")->text() == "https://127.0.0.1:8443/");
}

TEST_CASE("what is no plain https address is none") {
    for (const char* text :
         {"", "https://", "https:///token", "http://host/", "ftp://host/", "https://user@host/",
          "https://host/?q", "https://host/#f", "https://host:/", "https://host:0/",
          "https://host:123456/", "https://host:80a/", "https://ho st/", "https://host\\evil/",
          "https://h\xc3\xb6st/", "https://host/a b", "https://host/\n"})
        CHECK_FALSE(parseUrl(text));
    CHECK_FALSE(parseUrl("https://" + std::string(3000, 'a')));
}

TEST_CASE("access tokens come from Google's hosts, whatever a file says") {
    const std::vector<std::string> none;
    CHECK(tokenEndpoint("", none)->text() == "https://oauth2.googleapis.com/token");
    CHECK(tokenEndpoint("https://oauth2.googleapis.com/token", none)->path == "/token");
    for (const char* former : {"https://accounts.google.com/o/oauth2/token",
                               "https://www.googleapis.com/oauth2/v4/token"})
        CHECK(tokenEndpoint(former, none)->text() == "https://oauth2.googleapis.com/token");
    for (const char* foreign :
         {"https://evil.example/token", "https://oauth2.googleapis.com@evil.example/token",
          "https://oauth2.googleapis.com.evil.example/token",
          "https://oauth2.googleapis.com:444/token", "http://oauth2.googleapis.com/token",
          "oauth2.googleapis.com/token"})
        CHECK_FALSE(tokenEndpoint(foreign, none));
    CHECK(tokenEndpoint("https://login.example:444/t", {"https://login.example:444"}));
    CHECK_FALSE(tokenEndpoint("https://login.example/t", {"https://login.example:444"}));
}
