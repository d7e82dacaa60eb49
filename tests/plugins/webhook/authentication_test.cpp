// SPDX-License-Identifier: Apache-2.0
#include "authentication.h"

#include <catch2/catch.hpp>
#include <string>

#include "postbell/plugin.hpp"
#include "sections.h"

using namespace postbell;
using namespace postbell::webhook;

namespace {

// `openssl dgst -sha256 -hmac "gate pass"` of the body.
constexpr const char* kBody = R"({"to":"anna@example.com"})";
constexpr const char* kHex = "81d2b74ec4c7781290b4389c560ef36e629cbeba4e48564fc6647c910106b779";
constexpr const char* kBase64 = "gdK3TsTHeBKQtDicVg7zbmKcvrpOSFZPxmR8kQEGt3k=";

bool isShown(const Section& section, const std::string& name, const std::string& value,
             std::string_view secret = "gate pass") {
    const Authentication authentication(readerOf(section));
    return authentication.isShown(
        secret,
        [&](std::string_view asked) { return asked == name ? std::string_view(value) : ""; },
        kBody);
}

std::string refusalOf(const Section& section) {
    try {
        const Authentication authentication(readerOf(section));
    } catch (const InvalidInput& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("the secret is a bearer's token, unless the config says otherwise", "[webhook]") {
    CHECK(isShown({}, "authorization", "Bearer gate pass"));
    CHECK_FALSE(isShown({}, "authorization", "Bearer gate pas"));
    CHECK_FALSE(isShown({}, "authorization", "Basic Z2F0ZXVzZXI6Z2F0ZSBwYXNz"));
    CHECK_FALSE(isShown({}, "authorization", ""));
}

TEST_CASE("the secret may be the password of Basic", "[webhook]") {
    const Section basic = {{"auth", "basic"}};
    CHECK(isShown(basic, "authorization", "Basic Z2F0ZXVzZXI6Z2F0ZSBwYXNz"));
    CHECK_FALSE(isShown(basic, "authorization", "Basic Z2F0ZXVzZXI6Z2F0ZSBwYXNT"));
    CHECK_FALSE(isShown(basic, "authorization", "Bearer gate pass"));
}

TEST_CASE("a signature of the body is taken in base64 and in hexadecimal", "[webhook]") {
    const Section hmac = {{"auth", "hmac-sha256"}};
    CHECK(isShown(hmac, "x-signature", kBase64));
    CHECK(isShown(hmac, "x-signature", kHex));
    CHECK_FALSE(isShown(hmac, "x-signature", kHex, "another secret"));
    for (const std::string& wrong : {std::string(), std::string("="), std::string(64, 'g')})
        CHECK_FALSE(isShown(hmac, "x-signature", wrong));
    CHECK_FALSE(isShown(hmac, "x-hub-signature-256", kHex));
}

TEST_CASE("the signature's header and prefix are the config's", "[webhook]") {
    const Section hub = {{"auth", "hmac-sha256"},
                         {"signature_header", "X-Hub-Signature-256"},
                         {"signature_prefix", "sha256="}};
    CHECK(isShown(hub, "x-hub-signature-256", std::string("sha256=") + kHex));
    CHECK_FALSE(isShown(hub, "x-hub-signature-256", kHex));
    CHECK_FALSE(isShown(hub, "x-hub-signature-256", "sha256="));
}

TEST_CASE("a callback without a secret shows none", "[webhook]") {
    CHECK_FALSE(isShown({}, "authorization", "Bearer ", ""));
    CHECK_FALSE(isShown({{"auth", "basic"}}, "authorization", "Basic YTo=", ""));
    // The body signed with an empty key.
    CHECK_FALSE(isShown({{"auth", "hmac-sha256"}}, "x-signature",
                        "0ce8430a9ef2110ff61e80b880e90dbc0b45c30a9f1eb8df6e4bcf73e302be08", ""));
    CHECK(isShown({{"auth", "url"}}, "", "", ""));
}

TEST_CASE("only where the URL is the secret, none is needed", "[webhook]") {
    for (const auto& [word, needed] :
         {std::pair{"bearer", true}, {"basic", true}, {"hmac-sha256", true}, {"url", false}}) {
        const Section section = {{"auth", word}};
        CHECK(Authentication(readerOf(section)).needsSecret() == needed);
        CHECK(Authentication(readerOf(section)).expectation().empty() == !needed);
    }
}

TEST_CASE("a wrong way of showing the secret is refused with a sentence", "[webhook]") {
    CHECK_THAT(refusalOf({{"auth", "digest"}}), Catch::Contains("auth must be"));
    CHECK_THAT(refusalOf({{"signature_header", "x-a"}}), Catch::Contains("need auth"));
    CHECK_THAT(refusalOf({{"auth", "hmac-sha256"}, {"signature_header", "x a"}}),
               Catch::Contains("signature_header must be"));
    CHECK_THAT(refusalOf({{"auth", "hmac-sha256"}, {"signature_header", ""}}),
               Catch::Contains("signature_header must be"));
}
